import { createRequestTally } from '../../lib/bench/request-tally.ts';
import type { AwsRequest, Caller } from '../../lib/local/cloud/aws-request.ts';

const worker = (functionName: string): Caller => ({ kind: 'function', functionName });
const mapping: Caller = { kind: 'event-source-mapping', functionName: 'any' };
const request = (caller: Caller, action = 'UpdateItem'): AwsRequest => ({
  service: action === 'UpdateItem' ? 'dynamodb' : 'sqs',
  action,
  caller,
});

describe('the tally of requests', () => {
  test('counts the calls of each function, of every service, and of nobody else', () => {
    const tally = createRequestTally(() => 0);
    tally.onRequest(request(worker('low')));
    tally.onRequest(request(worker('low'), 'SendMessage'));
    tally.onRequest(request(worker('critical')));
    tally.onRequest(request({ kind: 'outside' }));
    tally.onRequest(request(mapping, 'DeleteMessageBatch'));
    expect(tally.callsOf('low')).toBe(2);
    expect(tally.callsOf('critical')).toBe(1);
    expect(tally.callsOf('high')).toBe(0);
  });

  test('refuses mappings until it is opened, and nobody else', () => {
    const tally = createRequestTally(() => 0);
    const receive = (caller: Caller) => () => tally.onRequest(request(caller, 'ReceiveMessage'));
    expect(receive(mapping)).toThrow('the lanes are being filled');
    expect(receive({ kind: 'outside' })).not.toThrow();
    tally.open();
    expect(receive(mapping)).not.toThrow();
    tally.close();
    expect(receive(mapping)).toThrow('the lanes are being filled');
  });

  test('counts anew when it is opened', () => {
    let nowMs = 1;
    const tally = createRequestTally(() => nowMs);
    tally.open();
    tally.onRequest(request(mapping, 'ReceiveMessage'));
    tally.onRequest(request(worker('low')));
    tally.close();
    nowMs = 2;
    tally.open();
    expect(tally.callsOf('low')).toBe(0);
    expect(tally.firstReceiveAtMs()).toBeUndefined();
  });

  test('knows when messages were first asked for after the opening', () => {
    let nowMs = 1;
    const tally = createRequestTally(() => nowMs);
    tally.open();
    expect(tally.firstReceiveAtMs()).toBeUndefined();
    nowMs = 2;
    tally.onRequest(request(mapping, 'ReceiveMessage'));
    nowMs = 3;
    tally.onRequest(request(mapping, 'ReceiveMessage'));
    expect(tally.firstReceiveAtMs()).toBe(2);
  });
});
