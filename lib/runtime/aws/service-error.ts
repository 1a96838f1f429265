import * as z from 'zod/mini';
import type { Reply } from './post.ts';

/** What a service answers in place of a result: named, and marked for `isPassing` (retry.ts), as by the SDK. */
export class ServiceError extends Error {
  readonly $fault: 'client' | 'server';
  readonly $metadata: { httpStatusCode: number };

  constructor(name: string, message: string, httpStatusCode: number) {
    super(message);
    this.name = name;
    this.$fault = httpStatusCode < 500 ? 'client' : 'server';
    this.$metadata = { httpStatusCode };
  }
}

export type ErrorClass = typeof ServiceError;

/** `__type` is `com.amazonaws.sqs#QueueDoesNotExist`, say; DynamoDB and KMS write `message`, some errors `Message`. */
const described = z.looseObject({
  __type: z.optional(z.string()),
  message: z.optional(z.string()),
  Message: z.optional(z.string()),
});

/** The error in a reply, with what else it says of itself: the item that a condition refused, say. */
export const serviceError = (
  { status, headers }: Reply,
  read: () => object,
  classes: Readonly<Record<string, ErrorClass>>,
): ServiceError => {
  const { __type, message, Message, ...rest } = describedBy(read);
  const header = headers['x-amzn-errortype'];
  const name = nameIn(typeof header === 'string' ? header : (__type ?? ''));
  const Named = classes[name] ?? ServiceError;
  return Object.assign(new Named(name, message ?? Message ?? `answered ${status}`, status), rest);
};

/** A load balancer in between answers with a page of its own. */
const describedBy = (read: () => object): z.infer<typeof described> => {
  try {
    return described.parse(read());
  } catch {
    return {};
  }
};

/** The services put a namespace before it, and some an address after it. */
const nameIn = (type: string): string => type.replace(/^.*#/, '').replace(/:.*$/, '') || 'UnknownError';
