import { createHash } from 'node:crypto';

/** Who makes an AWS request. Known by the access key id that signs it; signatures themselves are not verified. */
export type Caller =
  | { kind: 'function'; functionName: string }
  | { kind: 'event-source-mapping' }
  | { kind: 'outside' };

/** One request to an emulated service, before it is answered. */
export type AwsRequest = {
  service: 'sqs' | 'sns' | 'dynamodb' | 'secretsmanager' | 'kms';
  action: string;
  caller: Caller;
};

/** Carries a request out and resolves to its answer; throws a refusal. */
export type CarryOut = (input: object) => Promise<object>;

/** Answers a request in place of the service, which it may ask. */
export type Interception = (carryOut: CarryOut, input: object) => Promise<object>;

/** A request that can still be answered otherwise. */
export type Exchange = { input: object; intercept(by: Interception): void };

/** Sees every AWS request of every caller; the place for whatever decides on or counts requests. */
export type OnRequest = (request: AwsRequest, exchange?: Exchange) => void;

/** Tells callers apart by access key id. */
export type Callers = {
  add(functionName: string): string;
  identify(authorization: string | undefined): Caller;
};

/** The key of event source mappings, in the form that AWS gives to keys of services. */
export const MAPPING_ACCESS_KEY_ID = 'ASIAEVENTSOURCEMAPPING';

export const createCallers = (): Callers => {
  const byKeyId = new Map<string, Caller>([[MAPPING_ACCESS_KEY_ID, { kind: 'event-source-mapping' }]]);
  return {
    add: (functionName) => {
      const accessKeyId = accessKeyIdOf(functionName);
      byKeyId.set(accessKeyId, { kind: 'function', functionName });
      return accessKeyId;
    },
    identify: (authorization) => byKeyId.get(keyIdIn(authorization)) ?? { kind: 'outside' },
  };
};

/** 20 characters, as AWS's temporary keys have. */
const accessKeyIdOf = (functionName: string): string =>
  `ASIA${createHash('sha256').update(functionName).digest('hex').slice(0, 16).toUpperCase()}`;

const keyIdIn = (authorization: string | undefined): string =>
  authorization?.match(/Credential=([^/,\s]+)/)?.[1] ?? '';
