import { createCallers } from '../../lib/local/cloud/aws-request.ts';
import { refusal } from '../../lib/local/cloud/json-service.ts';
import { type SecretsManager, startSecretsManager } from '../../lib/local/cloud/secrets-manager.ts';
import { createProviderKeys } from '../../lib/runtime/provider-keys.ts';
import { virtualClock } from '../builders.ts';

const FIVE_MINUTES_MS = 300_000;

let service: SecretsManager;
let reads = 0;
/** What befalls the next request before the service sees it. */
let onNextRequest: () => void = () => undefined;
let ids = 0;

beforeAll(async () => {
  service = await startSecretsManager({
    callers: createCallers(),
    onRequest: () => {
      reads += 1;
      const befall = onNextRequest;
      onNextRequest = () => undefined;
      befall();
    },
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: service.endpoint,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});

afterAll(() => service.stop());

beforeEach(() => {
  reads = 0;
});

const createSecret = (name: string, value: string) =>
  service.createSecret(
    { name, arn: `arn:aws:secretsmanager:eu-west-3:000000000000:secret:${name}-local0` },
    value,
  );

/** Keys of a secret of the test's own, at a time that stands still. */
const someKeys = (value?: string) => {
  const name = `provider-keys-${ids++}`;
  if (value !== undefined) createSecret(name, value);
  const clock = virtualClock();
  const faults: unknown[] = [];
  const onFault = (error: unknown) => void faults.push(error);
  return { name, clock, faults, ...createProviderKeys(name, { now: clock.now, onFault }) };
};

it('reads the secret once for all providers and all jobs', async () => {
  const { keyOf } = someKeys('{"openai":"key-1","anthropic":"key-2"}');
  const first = await Promise.all([keyOf('openai'), keyOf('anthropic'), keyOf('openai')]);
  expect(first).toEqual(['key-1', 'key-2', 'key-1']);
  expect(await keyOf('anthropic')).toBe('key-2');
  expect(reads).toBe(1);
});

it('does not read it before a key is asked for', () => {
  someKeys('{}');
  expect(reads).toBe(0);
});

it('reads it again after five minutes, and not before', async () => {
  const { keyOf, clock } = someKeys('{"openai":"key"}');
  await keyOf('openai');
  await clock.advance(FIVE_MINUTES_MS - 1);
  await keyOf('openai');
  expect(reads).toBe(1);
  await clock.advance(1);
  await keyOf('openai');
  expect(reads).toBe(2);
});

it.each([
  ['that the secret does not hold', '{"openai":"key"}'],
  ['of a secret without any', '{}'],
])('a key %s is empty', async (_which, value) => {
  expect(await someKeys(value).keyOf('anthropic')).toBe('');
});

it('other entries of the secret are nothing to it, whatever they are', async () => {
  const { keyOf } = someKeys('{"openai":"key","generated":"x","GEMINI":7,"nested":{"openai":"no"}}');
  expect(await keyOf('openai')).toBe('key');
});

it('a secret that could not be read is read again when it is needed again', async () => {
  const { keyOf, name } = someKeys();
  expect(await keyOf('openai')).toEqual({ kind: 'unreadable' });
  createSecret(name, '{"openai":"key"}');
  expect(await keyOf('openai')).toBe('key');
  expect(reads).toBe(2);
});

it('all who waited for a read that failed are told, and the next is not', async () => {
  const { keyOf, name } = someKeys();
  const waiting = await Promise.all([keyOf('openai'), keyOf('anthropic')]);
  expect(waiting).toEqual([{ kind: 'unreadable' }, { kind: 'unreadable' }]);
  expect(reads).toBe(1);
  createSecret(name, '{"anthropic":"key"}');
  expect(await keyOf('anthropic')).toBe('key');
});

it.each([
  ['is no JSON', 'canary'],
  ['is no object', '"canary"'],
  ['holds a key that is no text', '{"openai":7}'],
])('is unreadable when the secret %s', async (_how, value) => {
  const { keyOf, faults } = someKeys(value);
  expect(await keyOf('openai')).toEqual({ kind: 'unreadable' });
  expect(String(faults)).toBe('MalformedSecret');
});

const refuseNext = (type: string) => {
  onNextRequest = () => {
    throw refusal(type, 'canary');
  };
};

it.each([
  ['AccessDeniedException', 'unreadable'],
  ['DecryptionFailure', 'unreadable'],
  ['InvalidRequestException', 'unreadable'],
  ['UnrecognizedClientException', 'unavailable'],
])('after a refusal by %s it is %s, and says why', async (type, kind) => {
  const { keyOf, faults } = someKeys('{"openai":"key"}');
  refuseNext(type);
  expect(await keyOf('openai')).toEqual({ kind });
  expect(faults).toEqual([expect.objectContaining({ name: type })]);
  expect(await keyOf('openai')).toBe('key');
});

it.each(['AccessDeniedException', 'UnrecognizedClientException'])(
  'goes on with the keys it has while reading them again fails by %s',
  async (type) => {
    const { keyOf, clock } = someKeys('{"openai":"key"}');
    await keyOf('openai');
    await clock.advance(FIVE_MINUTES_MS);
    refuseNext(type);
    expect(await Promise.all([keyOf('openai'), keyOf('openai')])).toEqual(['key', 'key']);
    expect(reads).toBe(2);
  },
);

it('tries again 30 s after a read that failed, and not for every job', async () => {
  const { keyOf, clock } = someKeys('{"openai":"key"}');
  await keyOf('openai');
  await clock.advance(FIVE_MINUTES_MS);
  refuseNext('AccessDeniedException');
  await keyOf('openai');
  await clock.advance(29_999);
  await keyOf('openai');
  expect(reads).toBe(2);
  await clock.advance(1);
  await keyOf('openai');
  expect(reads).toBe(3);
});

it('does not give up when the service stumbles once', async () => {
  const { keyOf } = someKeys('{"openai":"key"}');
  onNextRequest = () => {
    throw new Error('a stumble of the test');
  };
  expect(await keyOf('openai')).toBe('key');
  expect(reads).toBe(2);
});

describe('a key that its provider has rejected', () => {
  const TEN_SECONDS_MS = 10_000;

  it('is read again at the next call, so that a rotation is found', async () => {
    const { keyOf, rejected, clock, name } = someKeys('{"openai":"old","anthropic":"other"}');
    await keyOf('openai');
    await clock.advance(TEN_SECONDS_MS);
    createSecret(name, '{"openai":"new","anthropic":"other"}');
    rejected('old');
    expect(await keyOf('openai')).toBe('new');
    expect(reads).toBe(2);
  });

  it('is not read again for every call while there is no other', async () => {
    const { keyOf, rejected, clock } = someKeys('{"openai":"dead"}');
    await keyOf('openai');
    for (let calls = 0; calls < 30; calls += 1) {
      rejected('dead');
      await clock.advance(1_000);
      expect(await keyOf('openai')).toBe('dead');
    }
    expect(reads).toBe(4);
  });

  it('is not read again when it has been replaced since', async () => {
    const { keyOf, rejected, clock } = someKeys('{"openai":"new"}');
    await keyOf('openai');
    await clock.advance(TEN_SECONDS_MS);
    rejected('old');
    await keyOf('openai');
    expect(reads).toBe(1);
  });

  it('is used on while the secret cannot be read', async () => {
    const { keyOf, rejected, clock } = someKeys('{"openai":"key"}');
    await keyOf('openai');
    await clock.advance(TEN_SECONDS_MS);
    rejected('key');
    refuseNext('AccessDeniedException');
    expect(await keyOf('openai')).toBe('key');
    rejected('key');
    await clock.advance(TEN_SECONDS_MS - 1);
    await keyOf('openai');
    expect(reads).toBe(2);
  });
});
