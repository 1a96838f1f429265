import * as z from 'zod';
import { discardExpired, type HeldMessages } from './retention.ts';

// What fauxqs 2.4.1 does otherwise than SQS and cannot be told from outside: corrected in place, once a process.

/** fauxqs hands the attributes of a message on as they are, but drops the group of one in a standard queue. */
const groups = new WeakMap<object, string>();

/** The attributes of a message, which now bring its group with them. */
export const withGroup = <Attributes extends object>(
  attributes: Attributes,
  group: string | undefined,
): Attributes => {
  if (group !== undefined) groups.set(attributes, group);
  return attributes;
};

type CreateMessage = (
  body: string,
  attributes?: object,
  delaySeconds?: number,
  group?: string,
  deduplicationId?: string,
) => unknown;
type Store = { createMessage: CreateMessage };
type Queue = { prototype: { processTimers(this: HeldMessages): void } };

const isClass = (value: unknown): boolean => typeof value === 'function';
const storeModule = z.object({ SqsStore: z.custom<Store>(isClass), SqsQueue: z.custom<Queue>(isClass) });
const typesModule = z.object({ INVALID_MESSAGE_BODY_CHAR: z.instanceof(RegExp) });

/** Applies all corrections; again, it changes nothing. */
export const correctFauxqs = async (): Promise<void> => {
  corrected ??= correct();
  await corrected;
};

let corrected: Promise<void> | undefined;

const correct = async (): Promise<void> => {
  const { INVALID_MESSAGE_BODY_CHAR } = typesModule.parse(await moduleOf('sqs/sqsTypes.js'));
  const { SqsStore, SqsQueue } = storeModule.parse(await moduleOf('sqs/sqsStore.js'));
  acceptAllUnicode(INVALID_MESSAGE_BODY_CHAR);
  keepGroups(SqsStore);
  endRetention(SqsQueue);
};

const moduleOf = (path: string): Promise<unknown> =>
  import(new URL(path, import.meta.resolve('fauxqs')).href);

/** fauxqs takes the two halves of a character beyond U+FFFF (an emoji) for invalid; SQS takes such characters. */
const acceptAllUnicode = (pattern: RegExp): void => {
  const invalid = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
  pattern.test = (body) => invalid.test(body);
};

const keepGroups = (store: Store): void => {
  const { createMessage } = store;
  store.createMessage = (body, attributes = {}, delaySeconds, group, deduplicationId) =>
    createMessage(body, attributes, delaySeconds, group ?? groups.get(attributes), deduplicationId);
};

/** A queue looks at its timers whenever somebody receives, and every 20 ms while somebody waits. */
const endRetention = ({ prototype }: Queue): void => {
  const { processTimers } = prototype;
  prototype.processTimers = function (this: HeldMessages) {
    discardExpired(this, Date.now());
    processTimers.call(this);
  };
};
