import * as z from 'zod/mini';
import type { Protocol } from './client.ts';
import type { Reply } from './post.ts';
import { ServiceError } from './service-error.ts';

type Options = {
  /** What stands before an operation's name in `x-amz-target`. */
  target: string;
  version: '1.0' | '1.1';
  /** Members that are bytes, which JSON carries in base64. */
  bytes: readonly string[];
  /** Errors that Relay tells from others by their class. */
  errors?: Readonly<Record<string, typeof ServiceError>>;
};

/** AWS's JSON protocols 1.0 and 1.1 (smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html). */
export const jsonProtocol = ({ target, version, bytes, errors = {} }: Options): Protocol => ({
  write: ({ operation, input }) => ({
    headers: {
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': `${target}.${operation}`,
    },
    body: JSON.stringify(input, bytesAsBase64),
  }),
  read: (reply) => {
    if (reply.status >= 300) throw errorIn(reply, bytes, errors);
    return readJson(reply.text, bytes);
  },
});

/** What JSON asks of a replacer: a Buffer has turned into something else by the time that it is given as `value`. */
function bytesAsBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const held = this[key];
  return held instanceof Uint8Array ? Buffer.from(held).toString('base64') : value;
}

const readJson = (text: string, bytes: readonly string[]): object => {
  const fromBase64 = (key: string, value: unknown) => (bytes.includes(key) ? bytesOf(value) : value);
  const mayHoldBytes = bytes.some((name) => text.includes(`"${name}"`)); // looking at every member costs more
  return text === '' ? {} : JSON.parse(text, mayHoldBytes ? fromBase64 : undefined);
};

/** An attribute of an item may itself be called `B`: it holds an object then. */
const bytesOf = (value: unknown): unknown => {
  if (typeof value === 'string') return Buffer.from(value, 'base64');
  return Array.isArray(value) ? value.map(bytesOf) : value;
};

/** `__type` is `com.amazonaws.sqs#QueueDoesNotExist`, say; some errors write `message`, and some `Message`. */
const described = z.looseObject({
  __type: z.optional(z.string()),
  message: z.optional(z.string()),
  Message: z.optional(z.string()),
});

/** With what else it says of itself: the item that a condition refused, say. */
const errorIn = (
  { status, text }: Reply,
  bytes: readonly string[],
  classes: Readonly<Record<string, typeof ServiceError>>,
): ServiceError => {
  const { __type = '', message, Message, ...rest } = describedIn(text, bytes);
  const name = __type.replace(/^.*#/, '') || 'UnknownError';
  const Named = classes[name] ?? ServiceError;
  return Object.assign(new Named(name, message ?? Message ?? `answered ${status}`, status), rest);
};

/** A load balancer in between answers with a page of its own. */
const describedIn = (text: string, bytes: readonly string[]): z.infer<typeof described> => {
  try {
    return described.parse(readJson(text, bytes));
  } catch {
    return {};
  }
};
