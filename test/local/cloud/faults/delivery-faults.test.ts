import { DeleteMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { deliveryFaults } from '../../../../lib/local/cloud/faults/delivery-faults.ts';
import { faultRules } from '../../../../lib/local/cloud/faults/fault-rules.ts';
import { createRuleBook } from '../../../../lib/local/cloud/faults/rule-book.ts';
import { type FaultyCloud, startFaultyCloud } from './faulty-cloud.ts';

describe('in the running cloud', () => {
  let cloud: FaultyCloud;

  beforeAll(async () => {
    cloud = await startFaultyCloud();
  });

  afterEach(() => cloud.setFaults());

  afterAll(() => cloud.end());

  const receipts = z.object({ Records: z.array(z.object({ receiptHandle: z.string() })) });

  it('a duplicate goes to two invocations at once, and is done when they are', async () => {
    await cloud.setFaults({ id: 'twice', match: { queue: 'single' }, fault: { kind: 'duplicate' } });
    await cloud.send('single', [{ id: 'twice', always: 'dawdle' }]);
    await cloud.ended('twice', 2);
    await cloud.emptied('single');
    const requestIds = cloud.deliveriesOf('twice').map(({ said }) => said?.requestId);
    expect(new Set(requestIds).size).toBe(2);
    expect(await cloud.hitsOf('twice')).toBe(1);
  });

  it('a duplicate has a receipt of its own, which deletes the message', async () => {
    await cloud.setFaults({ id: 'receipt', match: {}, fault: { kind: 'duplicate' } });
    await cloud.send('single', [{ id: 'receipt', show: 'receipt', always: 'fail' }]);
    await cloud.ended('receipt', 2);
    const shown = cloud.lines.filter(({ said }) => said?.show === 'receipt');
    const handles = shown.flatMap(({ said }) =>
      receipts.parse(said?.event).Records.map(({ receiptHandle }) => receiptHandle),
    );
    expect(new Set(handles).size).toBe(2);
    const [longest] = handles.toSorted((one, other) => other.length - one.length);
    const QueueUrl = cloud.queueUrls['fixture-single'];
    await cloud.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: longest }));
    await cloud.emptied('single');
  });

  it('a batch comes in another order', async () => {
    await cloud.setFaults({ id: 'mixed', match: { queue: 'items' }, fault: { kind: 'reorder', ms: 1 } });
    const ids = ['mixed-1', 'mixed-2', 'mixed-3', 'mixed-4', 'mixed-5'];
    await cloud.send(
      'items',
      ids.map((id) => ({ id })),
    );
    await Promise.all(ids.map((id) => cloud.ended(id)));
    const began = cloud.lines.flatMap(({ said }) => (Array.isArray(said?.began) ? said.began : []));
    const order = began.filter((id) => ids.includes(id));
    expect(order.toSorted()).toEqual(ids);
    expect(order).not.toEqual(ids);
  });
});

describe('the messages of a receive', () => {
  const messages = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({
    MessageId: name,
    ReceiptHandle: `receipt-${name}`,
    Body: name,
    MD5OfBody: name,
    Attributes: { ApproximateReceiveCount: '1' },
    MessageAttributes: {},
  }));

  const under = (seed: number, ...rules: object[]) => {
    const book = createRuleBook(seed);
    book.replace(faultRules.parse(rules));
    return deliveryFaults(book, { functionName: 'f-low', queueName: 'q-low' });
  };

  const reorder = { id: 'r', fault: { kind: 'reorder', ms: 1_000 } };

  it('pass as they are without a rule', () => {
    const { messages: passed, holdMs, duplicates } = under(1)(messages);
    expect([passed, holdMs(), duplicates]).toEqual([messages, 0, []]);
  });

  it('come in an order that the seed tells', () => {
    const orderUnder = (seed: number) =>
      under(seed, reorder)(messages).messages.map(({ MessageId }) => MessageId);
    expect(orderUnder(1)).toEqual(orderUnder(1));
    expect(orderUnder(1)).not.toEqual(orderUnder(2));
  });

  it('are held back batch by batch, for less than the rule says', () => {
    const { holdMs } = under(1, reorder)(messages);
    const holds = Array.from({ length: 100 }, holdMs);
    expect(new Set(holds).size).toBe(100);
    expect(Math.max(...holds)).toBeLessThan(1_000);
  });

  it('are duplicated one by one, as often as the rule says', () => {
    const rule = { id: 'd', match: { times: 2, queue: 'low' }, fault: { kind: 'duplicate', afterMs: 30 } };
    const { duplicates } = under(1, rule)(messages);
    expect(duplicates.map(({ message, afterMs }) => [message.MessageId, afterMs])).toEqual([
      ['a', 30],
      ['b', 30],
    ]);
  });

  it('are left alone by a rule about another queue', () => {
    const rule = { id: 'd', match: { queue: 'high' }, fault: { kind: 'duplicate' } };
    expect(under(1, rule)(messages).duplicates).toEqual([]);
  });
});
