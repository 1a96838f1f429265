import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalCloud } from '../local/cloud/cloud.ts';
import { type LaneName, laneNames } from '../pipeline/lane.ts';

/** What SendMessageBatch takes at a time. */
const BATCH_SIZE = 10;

export const OUTSIDE_CALLER = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
};

/** Puts the same number of short jobs into every lane; the ids of their messages become the ids of the jobs. */
export const fillLanes = async ({ endpoints, queueUrls }: LocalCloud, jobsPerLane: number): Promise<void> => {
  const sqs = new SQSClient({ ...OUTSIDE_CALLER, endpoint: endpoints.aws });
  try {
    for (const lane of laneNames) {
      const QueueUrl = queueUrls.get(`relay-local-${lane}`);
      for (let sent = 0; sent < jobsPerLane; sent += BATCH_SIZE) {
        const { Failed = [] } = await sqs.send(
          new SendMessageBatchCommand({ QueueUrl, Entries: entriesOf(lane, sent) }),
        );
        if (Failed.length > 0) throw new Error(`the ${lane} lane did not take ${Failed.length} message(s)`);
      }
    }
  } finally {
    sqs.destroy();
  }
};

const entriesOf = (lane: LaneName, first: number): SendMessageBatchRequestEntry[] =>
  Array.from({ length: BATCH_SIZE }, (_, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify(messageNumber(lane, first + index)),
  }));

const messageNumber = (lane: LaneName, number: number) => ({
  tenantId: `tenant-${number % 5}`,
  creatorId: `creator-${number % 20}`,
  subjectRefs: [`fan-${number}`],
  priority: lane,
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: `Message ${number}: when is the next live session?` }] },
});
