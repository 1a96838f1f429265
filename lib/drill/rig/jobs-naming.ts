import { paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import type { Rig } from './rig.ts';

const namedRow = z.object({ jobId: z.string() });

/** Ids of the jobs whose rows name somebody: what is sealed does not say whose it is. */
export const jobsNaming = async ({ dynamodb }: Rig, ref: string): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  const scan = { TableName: 'relay-local-jobs', ConsistentRead: true };
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, scan))
    for (const row of Items.map((item) => unmarshall(item)))
      if (JSON.stringify(row).includes(ref)) found.add(namedRow.parse(row).jobId);
  return found;
};
