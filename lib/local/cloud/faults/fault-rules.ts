import * as z from 'zod';
import { DAY_MS } from '../../../pipeline/utc.ts';
import { functionRequest, storeOperation } from './known-operations.ts';

/** Longer than any timer that Relay sets. */
const MAX_WAIT_MS = 10 * 60 * 1000;
/** Ten years: beyond the shutdown of any model that is known today. */
const MAX_SKEW_MS = 3_650 * DAY_MS;

const waitMs = z.number().nonnegative().max(MAX_WAIT_MS);
const count = z.int().positive();

/** DynamoDB and KMS, for requests of functions; the tools of whoever watches are never struck. */
const dynamoDbFaults = [
  /** Refused as throttled; nothing is carried out. */
  z.strictObject({ kind: z.literal('throttle') }),
  /** Carried out `ms` later. */
  z.strictObject({ kind: z.literal('slow'), ms: waitMs }),
  /** Not carried out: answered with 503, or its connection is reset. */
  z.strictObject({ kind: z.literal('down'), how: z.enum(['unavailable', 'reset']).default('unavailable') }),
  /** Carried out; then its connection is reset. */
  z.strictObject({ kind: z.literal('lost-reply') }),
  /** BatchWriteItem and BatchGetItem: the first `keep` are carried out, the others come back as unprocessed. */
  z.strictObject({ kind: z.literal('partial-batch'), keep: count }),
] as const;

/** How far into an invocation the random request lies, unless the rule says it. */
const RANDOM_REQUESTS = 6;

const requestOrdinal = z
  .union(
    [count, z.strictObject({ upTo: count })],
    'must be a whole number from 1, or {"upTo": such a number}',
  )
  .default({ upTo: RANDOM_REQUESTS });

/** The execution environment ends as by SIGKILL, in the middle of an invocation. */
const kill = z.discriminatedUnion('when', [
  z.strictObject({
    kind: z.literal('kill'),
    /** Before the request is sent, or once its reply has arrived and nothing of it is read. */
    when: z.enum(['before-request', 'after-request']),
    /** Which request of the invocation. `upTo`: a random one; if there are fewer, before the invocation returns. */
    request: requestOrdinal,
    /** Counts these only: an AWS operation such as `UpdateItem`, or `model` for whatever is not AWS. */
    operation: functionRequest.optional(),
  }),
  /** The function has done everything, and Lambda has not heard of it. */
  z.strictObject({ kind: z.literal('kill'), when: z.literal('before-return') }),
  /** At a random moment of the first `ms`. */
  z.strictObject({ kind: z.literal('kill'), when: z.literal('within'), ms: waitMs.positive() }),
]);

/** Invocations are refused: the account's concurrency is used up. */
const noConcurrency = z.strictObject({ kind: z.literal('no-concurrency') });

/** What event source mappings receive. */
const deliveryFaults = [
  /** A message goes to a second invocation too, with a receipt of its own. */
  z.strictObject({ kind: z.literal('duplicate'), afterMs: waitMs.default(0) }),
  /** The messages of one receive in random order, each batch held back for a random part of `ms`. */
  z.strictObject({ kind: z.literal('reorder'), ms: waitMs.default(0) }),
] as const;

/** Date of execution environments that start from now on: ahead, or behind when negative. */
const skew = z.strictObject({ kind: z.literal('skew'), ms: z.int().min(-MAX_SKEW_MS).max(MAX_SKEW_MS) });

/** A host that environments which start from now on find at these addresses: a list for each look-up, the last one stays. */
const name = z.strictObject({
  kind: z.literal('name'),
  host: z.string().min(1),
  lookUps: z.array(z.array(z.union([z.ipv4(), z.ipv6()]))).min(1),
});
/** SNS refuses what functions publish, as when somebody has changed the policy of a topic or of its key. */
const denied = z.strictObject({ kind: z.literal('denied') });

const fault = z.discriminatedUnion('kind', [
  ...dynamoDbFaults,
  kill,
  noConcurrency,
  ...deliveryFaults,
  skew,
  name,
  denied,
]);

export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault['kind'];
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>;

/** Names are matched at their end: `process-job-low` is that function of any stage. */
const match = z.strictObject({
  functionName: z.string().min(1).optional(),
  /** DynamoDB's name of the operation, or KMS's: whatever names none of KMS strikes DynamoDB alone. */
  operation: storeOperation.optional(),
  table: z.string().min(1).optional(),
  queue: z.string().min(1).optional(),
  /** Drawn from the seed, per request, invocation, message, receive or environment, whichever the fault strikes. */
  probability: z.number().min(0).max(1).optional(),
  /** How many of those the rule strikes before it is spent. */
  times: count.optional(),
});

export type Match = z.infer<typeof match>;

const ofDynamoDb = ['operation', 'table'] as const;

/** What tells apart the things that a fault strikes, besides their function. */
const matchable: Record<FaultKind, readonly (keyof Match)[]> = {
  throttle: ofDynamoDb,
  slow: ofDynamoDb,
  down: ofDynamoDb,
  'lost-reply': ofDynamoDb,
  'partial-batch': ofDynamoDb,
  kill: [],
  'no-concurrency': [],
  duplicate: ['queue'],
  reorder: ['queue'],
  skew: [],
  name: [],
  denied: [],
};

const always: readonly (keyof Match)[] = ['functionName', 'probability', 'times'];

const faultRule = z
  .strictObject({ id: z.string().min(1), match: match.default({}), fault })
  .superRefine((rule, context) => {
    const allowed = new Set<string>([...always, ...matchable[rule.fault.kind]]);
    for (const key of Object.keys(rule.match).filter((name) => !allowed.has(name))) {
      const message = `means nothing to a fault "${rule.fault.kind}"`;
      context.addIssue({ code: 'custom', path: ['match', key], message });
    }
  });

export type FaultRule = z.infer<typeof faultRule>;

/** What `PUT /control/faults` takes. */
export const faultRules = z
  .array(faultRule)
  .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'two rules have the same id');
