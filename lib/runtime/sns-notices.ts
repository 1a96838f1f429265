import type { Notice } from '../pipeline/alerts/notice.ts';
import { noticeTexts } from '../pipeline/alerts/notice-text.ts';
import { type Entry, type Publishing, publishAll } from './publish-all.ts';

type Options = Omit<Publishing, 'retryMs'> & { stage: string };

/** A notice that no try brings out waits for the next look at its group. In ms. */
const RETRY_MS = 3_000;

/** Publishes notices; resolves to the ids of those that are out. Never rejects. */
export const createSnsNotices =
  ({ stage, ...topic }: Options) =>
  async (notices: readonly Notice[]): Promise<ReadonlySet<string>> => {
    const out = await publishAll({ ...topic, retryMs: RETRY_MS }, notices, (notice) =>
      entryOf(notice, stage),
    );
    return new Set(out.map(({ id }) => id));
  };

const entryOf = (notice: Notice, stage: string): Entry => {
  const { subject, email, sms, machine } = noticeTexts(notice, stage);
  const byProtocol = {
    default: email,
    email,
    sms,
    sqs: machine,
    lambda: machine,
    http: machine,
    https: machine,
  };
  return { Subject: subject, MessageStructure: 'json', Message: JSON.stringify(byProtocol) };
};
