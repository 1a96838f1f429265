import { SendMessageBatchCommand, type SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalCloud } from '../local/cloud/cloud.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';

/** What SendMessageBatch takes at a time. */
const BATCH_SIZE = 10;

/** 8 in the four lanes: a creator has 10 starts a minute, and no job of the bench is to wait for one. */
const JOBS_OF_CREATOR_PER_LANE = 2;

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
      const messages = benchMessages(lane, jobsPerLane);
      for (let sent = 0; sent < messages.length; sent += BATCH_SIZE) {
        const Entries = messages.slice(sent, sent + BATCH_SIZE).map(entryOf);
        const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
        if (Failed.length > 0) throw new Error(`the ${lane} lane did not take ${Failed.length} message(s)`);
      }
    }
  } finally {
    sqs.destroy();
  }
};

const entryOf = (message: unknown, index: number): SendMessageBatchRequestEntry => ({
  Id: String(index),
  MessageBody: JSON.stringify(message),
});

/** Jobs of one lane. Those of a creator are far apart, so that workers do not meet at the row of the creator's starts. */
export const benchMessages = (lane: LaneName, count: number) => {
  const creators = Math.ceil(count / JOBS_OF_CREATOR_PER_LANE);
  return Array.from({ length: count }, (_, number) => messageNumber(lane, number, number % creators));
};

const messageNumber = (lane: LaneName, number: number, creator: number) => ({
  tenantId: `tenant-${creator % 5}`,
  creatorId: `creator-${creator}`,
  subjectRefs: [`fan-${number}`],
  priority: lane,
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: `Message ${number}: when is the next live session?` }] },
});
