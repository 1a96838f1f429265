import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { placeOf } from '../../pipeline/dispatch/content.ts';
import type { SubjectVault } from '../../pipeline/ports.ts';
import { sealedBytes } from '../../runtime/job-row.ts';

const answeredRow = z.looseObject({
  jobId: z.string(),
  tenantId: z.string(),
  creatorId: z.string(),
  subjectRefs: z.array(z.string()),
  answer: z.looseObject({ sealed: sealedBytes }),
});

/** In place of an answer that nobody can read any more. */
export const ERASED = '(erased)';

/** A job's row, with its answer opened. */
export const showRow = async (
  vault: Pick<SubjectVault, 'read'>,
  item: Record<string, AttributeValue>,
): Promise<Record<string, unknown>> => {
  const row = unmarshall(item);
  const { data } = answeredRow.safeParse(row);
  if (data === undefined) return row;
  const { sealed, ...answer } = data.answer;
  const opened = (await vault.read(data)).open(placeOf('answer', data), sealed);
  return { ...row, answer: { ...answer, text: opened.kind === 'opened' ? opened.text : ERASED } };
};
