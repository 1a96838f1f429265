import { createHash } from 'node:crypto';
import type { AccessDenied } from './iam/access-denied.ts';

/** Who makes an AWS request. Known by the access key id that signs it; signatures themselves are not verified. */
export type Caller =
  | { kind: 'function'; functionName: string }
  | { kind: 'event-source-mapping'; functionName: string }
  | { kind: 'outside' };

/** One request to an emulated service, before it is answered. */
export type AwsRequest = {
  service: 'sqs' | 'sns' | 'dynamodb' | 'kms' | 's3' | 'secretsmanager';
  action: string;
  caller: Caller;
};

/** Carries a request out and resolves to its answer; throws a refusal. */
export type CarryOut = (input: object) => Promise<object>;

/** Answers a request in place of the service, which it may ask. */
export type Interception = (carryOut: CarryOut, input: object) => Promise<object>;

/** A request that can still be answered otherwise. */
export type Exchange = { input: object; intercept(by: Interception): void };

/** Resolves to what the caller may not, if that is so. */
export type DenialOf = (request: AwsRequest, input: object) => Promise<AccessDenied | undefined>;

/** Sees every AWS request of every caller; the place for whatever decides on or counts requests. */
export type OnRequest = (request: AwsRequest, exchange?: Exchange) => void;

/** Tells callers apart by access key id. */
export type Callers = {
  /** A function, or its mappings, which act in the same role. */
  add(kind: 'function' | 'event-source-mapping', functionName: string): string;
  identify(authorization: string | undefined): Caller;
};

export const createCallers = (): Callers => {
  const byKeyId = new Map<string, Caller>();
  return {
    add: (kind, functionName) => {
      const accessKeyId = accessKeyIdOf(`${kind} ${functionName}`);
      byKeyId.set(accessKeyId, { kind, functionName });
      return accessKeyId;
    },
    identify: (authorization) => byKeyId.get(keyIdIn(authorization)) ?? { kind: 'outside' },
  };
};

/** 20 characters, as AWS's temporary keys have. */
const accessKeyIdOf = (whose: string): string =>
  `ASIA${createHash('sha256').update(whose).digest('hex').slice(0, 16).toUpperCase()}`;

const keyIdIn = (authorization: string | undefined): string =>
  authorization?.match(/Credential=([^/,\s]+)/)?.[1] ?? '';
