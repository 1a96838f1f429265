import * as z from 'zod';
import {
  type ProviderName,
  providerNames,
  type ServiceTier,
  serviceTiers,
} from '../../pipeline/model/model.ts';
import { knownModel } from './known-models.ts';

/** Longer than any timer that Relay sets. */
const MAX_WAIT_MS = 10 * 60 * 1000;

const ms = z.number().nonnegative().max(MAX_WAIT_MS);

/** Accepts the call and never answers. */
const silent = z.strictObject({ kind: z.literal('silent') });
/** Resets the connection at once. */
const reset = z.strictObject({ kind: z.literal('reset') });
/** The account has no money left. */
const money = z.strictObject({ kind: z.literal('money') });
/** The key is not accepted. */
const credentials = z.strictObject({ kind: z.literal('credentials') });
/** Answers at once with an error in the provider's shape; `retryAfter` is in seconds, as the header is. */
const status = z.strictObject({
  kind: z.literal('status'),
  status: z.int().min(400).max(599),
  code: z.string(),
  retryAfter: z.number().nonnegative().optional(),
});

const replyFaults = [
  /** Takes the realistic time times `factor`, whatever the profile: the first event, the thinking and the text alike. */
  z.strictObject({ kind: z.literal('slow'), factor: z.number().positive().max(1000) }),
  /** Sends its first event after `ms`, and goes on from there as the profile says. */
  z.strictObject({ kind: z.literal('lateStart'), ms }),
  /** Sends the first events, or half of a whole body, and then nothing more. */
  z.strictObject({ kind: z.literal('stalled') }),
  /** Bills the call, sends half of the bytes and drops the connection; `clean` ends the reply as if that were all. */
  z.strictObject({ kind: z.literal('cut'), clean: z.boolean().default(false) }),
  /** Bills the call and breaks the JSON of the event that says how it ended. */
  z.strictObject({ kind: z.literal('malformed') }),
  /** Bills the call and leaves out of that event what the API promises. */
  z.strictObject({ kind: z.literal('corrupt') }),
  /** Breaks off inside the stream with the provider's error event; a whole body becomes an error reply. */
  z.strictObject({ kind: z.literal('failed') }),
  /** Bills the call and stops at the output limit. */
  z.strictObject({ kind: z.literal('incomplete') }),
  /** Serves, and bills, another tier than the one that was asked for. */
  z.strictObject({ kind: z.literal('servedTier'), tier: z.enum(serviceTiers) }),
  /** Bills the call and declines to answer. */
  z.strictObject({ kind: z.literal('refusal') }),
] as const;

const steadyFault = z.discriminatedUnion('kind', [silent, reset, money, credentials, status, ...replyFaults]);

/** From when the rule was set: `upMs` without the fault, `downMs` with it, and so on. */
const flapping = z.strictObject({
  kind: z.literal('flapping'),
  upMs: ms,
  downMs: ms.positive(),
  fault: steadyFault,
});

/** What may go wrong with one call. */
export type Fault = z.infer<typeof steadyFault>;

/** Faults of the reply itself, and not in place of it. */
export type ReplyFault = z.infer<(typeof replyFaults)[number]>;

const faultRule = z.strictObject({
  id: z.string().min(1),
  match: z
    .strictObject({
      provider: z.enum(providerNames).optional(),
      model: knownModel.optional(),
      /** The tier that is asked for: with a `status` of 429 and `resource_unavailable`, flex has no room. */
      tier: z.enum(serviceTiers).optional(),
      /** Drawn per call from the seed and the call's own text. */
      probability: z.number().min(0).max(1).optional(),
      /** How many calls the rule strikes before it is spent. */
      times: z.int().positive().optional(),
    })
    .default({}),
  fault: z.discriminatedUnion('kind', [...steadyFault.options, flapping]),
});

type FaultRule = z.infer<typeof faultRule>;

export const faultRules = z
  .array(faultRule)
  .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'two rules have the same id');

/** A call as a rule sees it. `draw` gives the same number below 1 for the same call and rule, always. */
export type FaultTarget = {
  provider: ProviderName;
  model: string;
  tier: ServiceTier;
  draw(ruleId: string): number;
};

type ArmedRule = FaultRule & { hits: number; armedAtMs: number };

/** The rules in force. The first that matches strikes. */
export type Faults = {
  replace(rules: readonly FaultRule[]): void;
  list(): ArmedRule[];
  strike(target: FaultTarget): Fault | undefined;
};

export const createFaults = (now: () => number): Faults => {
  let armed: ArmedRule[] = [];
  return {
    replace(rules) {
      const armedAtMs = now();
      armed = rules.map((rule) => ({ ...rule, hits: 0, armedAtMs }));
    },
    list: () => armed.map((rule) => ({ ...rule })),
    strike(target) {
      const atMs = now();
      const rule = armed.find((it) => isMatch(it, target) && isDown(it, atMs));
      if (rule === undefined) return undefined;
      rule.hits += 1;
      return rule.fault.kind === 'flapping' ? rule.fault.fault : rule.fault;
    },
  };
};

const isMatch = ({ id, match, hits }: ArmedRule, target: FaultTarget): boolean =>
  (match.provider === undefined || match.provider === target.provider) &&
  (match.model === undefined || match.model === target.model) &&
  (match.tier === undefined || match.tier === target.tier) &&
  hits < (match.times ?? Number.POSITIVE_INFINITY) &&
  (match.probability === undefined || target.draw(id) < match.probability);

const isDown = ({ fault, armedAtMs }: ArmedRule, atMs: number): boolean =>
  fault.kind !== 'flapping' || (atMs - armedAtMs) % (fault.upMs + fault.downMs) >= fault.upMs;
