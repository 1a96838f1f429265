import { SQSClient } from '@aws-sdk/client-sqs';
import { createSqsProducer } from '../client/sqs-producer.ts';
import type { LocalCloud } from '../local/cloud/cloud.ts';
import { mustBeSent } from '../local/sample/send-jobs.ts';
import type { JobMessageInput } from '../pipeline/job/job-message.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';

/** 8 in the four lanes, and 2 before: a creator has 10 starts a minute, and no job of the bench is to wait for one. */
const JOBS_OF_CREATOR_PER_LANE = 2;

export const OUTSIDE_CALLER = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
};

/** Puts jobs into their lanes. */
export const fillLanes = async (
  { endpoints }: LocalCloud,
  jobs: readonly JobMessageInput[],
): Promise<void> => {
  const sqs = new SQSClient({ ...OUTSIDE_CALLER, endpoint: endpoints.aws, maxAttempts: 1 });
  try {
    mustBeSent(await createSqsProducer({ sqs, stage: 'local' }).send(jobs.map((job) => ({ job }))));
  } finally {
    sqs.destroy();
  }
};

/** As many short jobs in every lane, about as many fans: each lane has a job about each of them. */
export const benchJobs = (jobsPerLane: number): JobMessageInput[] =>
  laneNames.flatMap((lane) => benchMessages(lane, jobsPerLane));

/** One job about each fan of `benchJobs`, over all lanes: whoever is new has keys then. */
export const firstJobs = (fans: number): JobMessageInput[] =>
  laneNames.flatMap((lane, at) =>
    benchMessages(lane, fans).filter((_, number) => number % laneNames.length === at),
  );

/** Jobs of one lane. Those of a creator are far apart, so that workers do not meet at the row of the creator's starts. */
export const benchMessages = (lane: LaneName, count: number): JobMessageInput[] => {
  const creators = Math.ceil(count / JOBS_OF_CREATOR_PER_LANE);
  return Array.from({ length: count }, (_, number) => messageNumber(lane, number, number % creators));
};

const messageNumber = (lane: LaneName, number: number, creator: number): JobMessageInput => ({
  tenantId: `tenant-${creator % 5}`,
  creatorId: `creator-${creator}`,
  subjectRefs: [`fan-${number}`],
  priority: lane,
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: `Message ${number}: when is the next live session?` }] },
});
