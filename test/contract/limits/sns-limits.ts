import { randomUUID } from 'node:crypto';
import {
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  PublishCommand,
  type PublishCommandInput,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { type Limit, type LimitedCloud, times, unlessFailed } from './limit.ts';

const KIB_256 = 262_144;

const publish = ({ sns, topicArn: TopicArn }: LimitedCloud, changes: Partial<PublishCommandInput>) =>
  sns.send(new PublishCommand({ TopicArn, Message: 'x', ...changes }));

const publishBatch = (
  { sns, topicArn: TopicArn }: LimitedCloud,
  entries: Partial<PublishBatchRequestEntry>[],
) => {
  const PublishBatchRequestEntries = entries.map((entry, nth) => ({ Id: `${nth}`, Message: 'x', ...entry }));
  return unlessFailed(sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries })));
};

const subscribe = ({ sns, topicArn: TopicArn }: LimitedCloud, policy: object) => {
  const Endpoint = `arn:aws:sqs:eu-west-3:000000000000:${randomUUID()}`;
  const Attributes = { FilterPolicy: JSON.stringify(policy) };
  return sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes }));
};

const policyOf = (keys: number, values = 1) =>
  Object.fromEntries(times(keys, (nth) => [`key${nth}`, times(values, (value) => `value${value}`)]));

export const snsLimits: Limit[] = [
  {
    service: 'SNS',
    what: 'a message: body, and names, types and values of attributes',
    figure: '256 KiB',
    error: 'InvalidParameterException',
    within: (cloud) => publish(cloud, { Message: 'x'.repeat(KIB_256) }),
    over: (cloud) => publish(cloud, { Message: 'x'.repeat(KIB_256 + 1) }),
  },
  {
    service: 'SNS',
    what: 'entries of a batch',
    figure: '10',
    error: 'TooManyEntriesInBatchRequestException',
    within: (cloud) =>
      publishBatch(
        cloud,
        times(10, () => ({})),
      ),
    over: (cloud) =>
      publishBatch(
        cloud,
        times(11, () => ({})),
      ),
  },
  {
    service: 'SNS',
    what: 'entries of a batch with the same id',
    figure: '1',
    error: 'BatchEntryIdsNotDistinctException',
    within: (cloud) => publishBatch(cloud, [{ Id: 'a' }, { Id: 'b' }]),
    over: (cloud) => publishBatch(cloud, [{ Id: 'a' }, { Id: 'a' }]),
  },
  {
    service: 'SNS',
    what: 'all messages of a batch',
    figure: '256 KiB',
    error: 'BatchRequestTooLongException',
    within: (cloud) =>
      publishBatch(
        cloud,
        times(2, () => ({ Message: 'x'.repeat(KIB_256 / 2) })),
      ),
    over: (cloud) => publishBatch(cloud, [{}, ...times(2, () => ({ Message: 'x'.repeat(KIB_256 / 2) }))]),
  },
  {
    service: 'SNS',
    what: 'subject',
    figure: '100 characters of ASCII without control characters',
    error: 'InvalidParameterException',
    within: (cloud) => publish(cloud, { Subject: 's'.repeat(100) }),
    over: (cloud) => publish(cloud, { Subject: 's'.repeat(101) }),
  },
  {
    service: 'SNS',
    what: 'value of an attribute',
    figure: 'not empty',
    error: 'InvalidParameterValueException',
    within: (cloud) => publish(cloud, { MessageAttributes: { a: { DataType: 'String', StringValue: 'x' } } }),
    over: (cloud) => publish(cloud, { MessageAttributes: { a: { DataType: 'String', StringValue: '' } } }),
  },
  {
    service: 'SNS',
    what: 'keys of a filter policy',
    figure: '5',
    error: 'InvalidParameterException',
    within: (cloud) => subscribe(cloud, policyOf(5)),
    over: (cloud) => subscribe(cloud, policyOf(6)),
  },
  {
    service: 'SNS',
    what: 'combinations of values of a filter policy',
    figure: '150',
    error: 'InvalidParameterException',
    within: (cloud) => subscribe(cloud, policyOf(2, 12)),
    over: (cloud) => subscribe(cloud, policyOf(2, 13)),
  },
];
