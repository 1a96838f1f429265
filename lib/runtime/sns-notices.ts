import { PublishBatchCommand, type PublishBatchRequestEntry, type SNSClient } from '@aws-sdk/client-sns';
import type { Notice } from '../pipeline/alerts/notice.ts';
import { noticeTexts } from '../pipeline/alerts/notice-text.ts';
import { backoffMs } from '../pipeline/backoff.ts';
import { bounded } from './aws-client.ts';
import { withRetries } from './retry.ts';

type Options = {
  client: Pick<SNSClient, 'send'>;
  topicArn: string;
  stage: string;
  pause(ms: number): Promise<void>;
  onFault(error: unknown): void;
};

/** SNS's most per call. */
const BATCH = 10;
/** A notice that no try brings out waits for the next look at its group. */
const TRIES = 3;
const RETRY_MS = 3_000;
const BACKOFF = { baseMs: 50, ceilingMs: 500 };

/** Publishes notices, ten per call and a refused one again; resolves to the ids of those that are out. Never rejects. */
export const createSnsNotices =
  (options: Options) =>
  async (notices: readonly Notice[]): Promise<ReadonlySet<string>> => {
    const out = new Set<string>();
    for (let start = 0; start < notices.length; start += BATCH)
      for (const id of await publishBatch(options, notices.slice(start, start + BATCH))) out.add(id);
    return out;
  };

const publishBatch = async (options: Options, notices: readonly Notice[]): Promise<readonly string[]> => {
  let left = notices;
  for (let tries = 1; tries <= TRIES && left.length > 0; tries += 1) {
    if (tries > 1) await options.pause(backoffMs(tries, BACKOFF, Math.random));
    try {
      left = await refusedOf(options, left);
    } catch (error) {
      options.onFault(error);
      break;
    }
  }
  return notices.filter((notice) => !left.includes(notice)).map(({ id }) => id);
};

/** SNS answers 200 for a batch of which it refused a part. */
const refusedOf = async (
  { client, topicArn, stage }: Options,
  notices: readonly Notice[],
): Promise<readonly Notice[]> => {
  const command = new PublishBatchCommand({
    TopicArn: topicArn,
    PublishBatchRequestEntries: notices.map((notice, index) => entryOf(notice, stage, index)),
  });
  const { Failed = [] } = await withRetries(RETRY_MS, () => client.send(command, bounded()));
  const failed = new Set(Failed.map(({ Id }) => Number(Id)));
  return notices.filter((_, index) => failed.has(index));
};

const entryOf = (notice: Notice, stage: string, index: number): PublishBatchRequestEntry => {
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
  return {
    Id: String(index),
    Subject: subject,
    MessageStructure: 'json',
    Message: JSON.stringify(byProtocol),
  };
};
