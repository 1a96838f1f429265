import { randomUUID } from 'node:crypto';
import {
  CreateTopicCommand,
  type MessageAttributeValue,
  PublishBatchCommand,
  PublishCommand,
  type SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type Contract, holds } from './contract.ts';
import { type ContractQueue, createContractQueue } from './sqs-queue.ts';

type Subject = { sns: SNSClient; queues: SQSClient };

const createTopic = async ({ sns }: Subject): Promise<string> =>
  (await sns.send(new CreateTopicCommand({ Name: `contract-${randomUUID()}` }))).TopicArn ?? '';

const subscribe = async ({ sns, queues }: Subject, TopicArn: string, Attributes: Record<string, string>) => {
  const queue = await createContractQueue(queues);
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn, Attributes }));
  return queue;
};

const text = (StringValue: string): MessageAttributeValue => ({ DataType: 'String', StringValue });

type Attributes = Record<string, MessageAttributeValue>;

const publish = ({ sns }: Subject, TopicArn: string, Message: string, MessageAttributes: Attributes = {}) =>
  sns.send(new PublishCommand({ TopicArn, Message, MessageAttributes }));

const raw = { RawMessageDelivery: 'true' };

/** The bodies that a queue has by the time of a last message, which every subscription lets through. */
const bodiesUntil = async (queue: ContractQueue, last: string): Promise<string[]> => {
  const bodies: string[] = [];
  while (bodies.at(-1) !== last) bodies.push((await queue.next()).Body ?? '');
  return bodies.slice(0, -1);
};

const delivered = async (
  subject: Subject,
  filter: Record<string, string>,
  messages: [string, Attributes][],
) => {
  const topic = await createTopic(subject);
  const queue = await subscribe(subject, topic, { ...raw, ...filter });
  for (const [message, attributes] of messages) await publish(subject, topic, message, attributes);
  return bodiesUntil(queue, messages.at(-1)?.[0] ?? '');
};

const filters: Contract<Subject> = {
  'a filter lets through one of its values, and nothing without the attribute': async (subject) => {
    const FilterPolicy = JSON.stringify({ lane: ['critical', 'high'] });
    const bodies = await delivered(subject, { FilterPolicy }, [
      ['critical', { lane: text('critical') }],
      ['low', { lane: text('low') }],
      ['none', {}],
      ['last', { lane: text('high') }],
    ]);
    expect(bodies).toEqual(['critical']);
  },
  'a filter has all of its keys met: prefixes, exceptions, numbers, presence': async (subject) => {
    const FilterPolicy = JSON.stringify({
      tenant: [{ prefix: 'a' }],
      lane: [{ 'anything-but': ['low'] }],
      cost: [{ numeric: ['>=', 10, '<', 20] }],
      test: [{ exists: false }],
    });
    const cost = (value: string): MessageAttributeValue => ({ DataType: 'Number', StringValue: value });
    const good = { tenant: text('abc'), lane: text('high'), cost: cost('10') };
    const bodies = await delivered(subject, { FilterPolicy }, [
      ['good', good],
      ['tenant', { ...good, tenant: text('b') }],
      ['lane', { ...good, lane: text('low') }],
      ['cost', { ...good, cost: cost('20') }],
      ['test', { ...good, test: text('yes') }],
      ['last', good],
    ]);
    expect(bodies).toEqual(['good']);
  },
  'a filter may look at the body': async (subject) => {
    const FilterPolicy = JSON.stringify({ status: ['failed'] });
    const bodies = await delivered(subject, { FilterPolicy, FilterPolicyScope: 'MessageBody' }, [
      ['{"status":"succeeded"}', {}],
      ['no JSON', {}],
      ['{"status":"failed"}', {}],
    ]);
    expect(bodies).toEqual([]);
  },
};

const deliveries: Contract<Subject> = {
  'a message is wrapped for its queue, with its subject and attributes': async (subject) => {
    const TopicArn = await createTopic(subject);
    const queue = await subscribe(subject, TopicArn, {});
    const MessageAttributes = { lane: text('high') };
    const { MessageId } = await subject.sns.send(
      new PublishCommand({ TopicArn, Message: 'é"', Subject: 'news', MessageAttributes }),
    );
    expect(JSON.parse((await queue.next()).Body ?? '')).toMatchObject({
      Type: 'Notification',
      MessageId,
      TopicArn,
      Subject: 'news',
      Message: 'é"',
      MessageAttributes: { lane: { Type: 'String', Value: 'high' } },
    });
  },
  'raw delivery hands on body and attributes': async (subject) => {
    const topic = await createTopic(subject);
    const queue = await subscribe(subject, topic, raw);
    await publish(subject, topic, 'raw', { lane: text('high') });
    expect(await queue.next()).toMatchObject({
      Body: 'raw',
      MessageAttributes: { lane: { DataType: 'String', StringValue: 'high' } },
    });
  },
  'every queue gets a message of its own': async (subject) => {
    const topic = await createTopic(subject);
    const queues = [await subscribe(subject, topic, raw), await subscribe(subject, topic, raw)];
    await publish(subject, topic, 'twice');
    for (const queue of queues) expect((await queue.next()).Body).toBe('twice');
  },
  'a batch answers entry by entry': async (subject) => {
    const TopicArn = await createTopic(subject);
    const queue = await subscribe(subject, TopicArn, raw);
    const { Successful } = await subject.sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [
          { Id: 'a', Message: 'first' },
          { Id: 'b', Message: 'second', MessageAttributes: { lane: text('high') } },
        ],
      }),
    );
    expect(Successful).toMatchObject([{ Id: 'a' }, { Id: 'b' }]);
    const bodies = [(await queue.next()).Body, (await queue.next()).Body];
    expect(bodies.sort()).toEqual(['first', 'second']);
  },
  'a topic that there is none of is told by name': async (subject) => {
    const topic = `${await createTopic(subject)}-gone`;
    await expect(publish(subject, topic, 'x')).rejects.toMatchObject({ name: 'NotFoundException' });
  },
};

export const snsContract = (subject: () => Subject): void => {
  holds('SNS, filters', filters, subject);
  holds('SNS, delivery', deliveries, subject);
};
