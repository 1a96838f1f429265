import { createDeliveries, type DeliveryEvent } from '../../../../lib/local/cloud/lambda/deliveries.ts';
import { secondReceipt } from '../../../../lib/local/cloud/sqs/receipt.ts';

const QUEUE = 'http://queue';

const batchOf = (...receipts: string[]) =>
  receipts.map((ReceiptHandle) => ({
    MessageId: 'id',
    ReceiptHandle,
    Body: '',
    MD5OfBody: '',
    Attributes: {},
    MessageAttributes: {},
  }));

it('hands out once what a dead environment held', () => {
  const deliveries = createDeliveries();
  deliveries.started(batchOf('a', 'b'));
  deliveries.ended(QUEUE, batchOf('a', 'b'), true);
  expect(deliveries.takeOrphans('http://other')).toEqual([]);
  expect(deliveries.takeOrphans(QUEUE)).toEqual(['a', 'b']);
  expect(deliveries.takeOrphans(QUEUE)).toEqual([]);
});

it('keeps what an environment holds or has done with', () => {
  const deliveries = createDeliveries();
  deliveries.started(batchOf('a'));
  deliveries.started(batchOf('b'));
  deliveries.ended(QUEUE, batchOf('b'), false);
  expect(deliveries.takeOrphans(QUEUE)).toEqual([]);
  expect(deliveries.count()).toEqual({ held: 1, orphaned: 0 });
});

it('keeps a message of a dead environment as long as another one has its duplicate', () => {
  const deliveries = createDeliveries();
  deliveries.started(batchOf('a'));
  deliveries.started(batchOf(secondReceipt('a')));
  deliveries.ended(QUEUE, batchOf('a'), true);
  expect(deliveries.takeOrphans(QUEUE)).toEqual([]);
  deliveries.ended(QUEUE, batchOf(secondReceipt('a')), false);
  expect(deliveries.takeOrphans(QUEUE)).toEqual(['a']);
});

it('tells of each batch and of its end by the same number', () => {
  const events: DeliveryEvent[] = [];
  const deliveries = createDeliveries((event) => events.push(event));
  const [one, other] = [batchOf('a'), batchOf('b')];
  deliveries.started(one);
  deliveries.started(other);
  deliveries.ended(QUEUE, other, false);
  deliveries.ended(QUEUE, one, true);
  expect(events).toEqual([
    { kind: 'started', delivery: 1, batch: one },
    { kind: 'started', delivery: 2, batch: other },
    { kind: 'ended', delivery: 2, environmentDied: false },
    { kind: 'ended', delivery: 1, environmentDied: true },
  ]);
});
