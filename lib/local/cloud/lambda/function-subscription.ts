import { createHash } from 'node:crypto';
import type { FunctionSubscriptionSpec, QueueSpec } from '../assembly/deployment.ts';
import { ACCOUNT_ID, arnIn } from '../assembly/template-value.ts';
import type { SqsAndSns } from '../sqs/sqs-and-sns.ts';
import { createSqsClient } from '../sqs/sqs-client.ts';
import { keepPolling } from './keep-polling.ts';
import { toSnsEvent } from './sns-event.ts';

export type FunctionSubscriptionParts = {
  sqsAndSns: Pick<SqsAndSns, 'endpoint' | 'createQueue' | 'createSubscription'>;
  region: string;
  invoke(event: string): void;
  onProblem(sentence: string): void;
};

const LONG_POLL_SECONDS = 20;

/**
 * Hands what is published to a topic to a function. It goes by a queue that nobody else knows, so that filters and
 * restarts are those of any other subscriber. Returns what ends it.
 */
export const startFunctionSubscription = async (
  { sqsAndSns, region, invoke, onProblem }: FunctionSubscriptionParts,
  subscription: FunctionSubscriptionSpec,
): Promise<() => Promise<void>> => {
  const queue = queueFor(subscription, sqsAndSns.endpoint, region);
  await sqsAndSns.createQueue(queue);
  sqsAndSns.createSubscription({ ...subscription, queueArn: queue.arn });
  const sqs = createSqsClient(sqsAndSns.endpoint, region);
  const stopping = new AbortController();
  const handOn = async (): Promise<void> => {
    const messages = await sqs.receive(queue.url, { max: 10, waitSeconds: LONG_POLL_SECONDS });
    for (const { Body } of messages) invoke(toSnsEvent(Body));
    const handles = messages.map(({ ReceiptHandle }) => ReceiptHandle);
    if (handles.length > 0) await sqs.delete(queue.url, handles);
  };
  const polling = keepPolling({ signal: stopping.signal, round: handOn, onProblem });
  return async () => {
    stopping.abort();
    sqs.close();
    await polling;
  };
};

const queueFor = (
  { topicArn, functionArn }: FunctionSubscriptionSpec,
  endpoint: string,
  region: string,
): QueueSpec => {
  const name = `subscription-${createHash('sha256').update(`${topicArn} ${functionArn}`).digest('hex').slice(0, 16)}`;
  return {
    name,
    url: `${endpoint}/${ACCOUNT_ID}/${name}`,
    arn: arnIn(region, 'sqs', name),
    attributes: {},
  };
};
