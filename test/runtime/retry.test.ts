import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { withRetries } from '../../lib/runtime/retry.ts';

/** Far longer than the few pauses that these tests wait for. */
const FOR_MS = 10_000;

const named = (name: string) => Object.assign(new Error('a refusal of the test'), { name });
const broken = (code: string) => Object.assign(new Error('a connection of the test'), { code });
const marked = (marks: object) => Object.assign(new Error('a refusal of the test'), marks);

/** A call that throws what it is given, one a time, and then brings `result`. */
const failing = (...errors: unknown[]) => {
  let calls = 0;
  const call = async () => {
    const error = errors[calls];
    calls += 1;
    if (error !== undefined) throw error;
    return 'result';
  };
  return { call, calls: () => calls };
};

it('returns the first success and calls no more', async () => {
  const { call, calls } = failing();
  expect(await withRetries(FOR_MS, call)).toBe('result');
  expect(calls()).toBe(1);
});

it.each([
  ['a throttled request', named('ThrottlingException')],
  ['a throughput that is used up', named('ProvisionedThroughputExceededException')],
  ['an account limit', named('RequestLimitExceeded')],
  ['a request that SQS throttled', named('RequestThrottled')],
  ['a key that was used too often', named('KmsThrottled')],
  ['an error of the service', named('InternalServerError')],
  ['a service that is not there', named('ServiceUnavailable')],
  ['a call that took too long', named('TimeoutError')],
  ['a call that was given up', named('AbortError')],
  ['a page of a load balancer', marked({ $metadata: { httpStatusCode: 503 } })],
  ['a page that the SDK could not read', marked({ $response: { statusCode: 502 } })],
  ['a connection that was reset', broken('ECONNRESET')],
  ['a connection that was refused', broken('ECONNREFUSED')],
  ['a connection that timed out', broken('ETIMEDOUT')],
  ['a pipe that broke', broken('EPIPE')],
  ['a resolver that is busy', broken('EAI_AGAIN')],
  ['any fault of a server', marked({ $fault: 'server' })],
  ['whatever the SDK calls retryable', marked({ $fault: 'client', $retryable: {} })],
])('repeats after %s', async (_what, error) => {
  const { call, calls } = failing(error, error);
  expect(await withRetries(FOR_MS, call)).toBe('result');
  expect(calls()).toBe(3);
});

const conditionFailed = new ConditionalCheckFailedException({ message: 'The conditional', $metadata: {} });

it.each([
  ['a condition that does not hold', conditionFailed],
  ['a right that is missing', named('AccessDeniedException')],
  ['a fault of the client', marked({ $fault: 'client' })],
  ['a name that no resolver knows', broken('ENOTFOUND')],
  ['a code that is a number', Object.assign(new Error('odd'), { code: 11 })],
  ['a mistake of ours', new TypeError('undefined is not a function')],
  ['something that is no error', 'ThrottlingException'],
])('does not repeat after %s', async (_what, error) => {
  const { call, calls } = failing(error);
  await expect(withRetries(FOR_MS, call)).rejects.toBe(error);
  expect(calls()).toBe(1);
});

it('stops at an error that lasts, after however many that pass', async () => {
  const lasting = named('AccessDeniedException');
  const { call, calls } = failing(named('ThrottlingException'), lasting);
  await expect(withRetries(FOR_MS, call)).rejects.toBe(lasting);
  expect(calls()).toBe(2);
});

it('gives up with the last error when its time is over', async () => {
  const errors: Error[] = [];
  const call = async () => {
    errors.push(named('ThrottlingException'));
    throw errors.at(-1);
  };
  const error: unknown = await withRetries(300, call).catch((last: unknown) => last);
  expect(error).toBe(errors.at(-1));
  expect(errors.length).toBeGreaterThan(1);
});

it('calls once, whatever comes of it, when there is no time to repeat', async () => {
  const { call, calls } = failing(named('ThrottlingException'));
  await expect(withRetries(0, call)).rejects.toThrow('a refusal of the test');
  expect(calls()).toBe(1);
});
