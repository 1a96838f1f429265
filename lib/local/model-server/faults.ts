import * as z from 'zod';
import { type ProviderName, providerNames } from '../../pipeline/model.ts';

const fault = z.discriminatedUnion('kind', [
  /** Accepts the call and never answers. */
  z.strictObject({ kind: z.literal('silent') }),
  /** Takes the realistic latency times `factor`, whatever the profile. */
  z.strictObject({ kind: z.literal('slow'), factor: z.number().positive().max(1000) }),
  /** Answers at once with an error in the provider's shape; `retryAfter` is in seconds, as the header is. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    code: z.string(),
    retryAfter: z.number().nonnegative().optional(),
  }),
  /** Resets the connection at once. */
  z.strictObject({ kind: z.literal('reset') }),
  /** Bills the call, sends half of the reply and closes. */
  z.strictObject({ kind: z.literal('cut') }),
  /** Bills the call and sends JSON that does not parse. */
  z.strictObject({ kind: z.literal('malformed') }),
  /** Bills the call and stops at the output limit. */
  z.strictObject({ kind: z.literal('incomplete') }),
  /** Bills the call and declines to answer. */
  z.strictObject({ kind: z.literal('refusal') }),
  /** The account has no money left. */
  z.strictObject({ kind: z.literal('money') }),
  /** The key is not accepted. */
  z.strictObject({ kind: z.literal('credentials') }),
]);

export type Fault = z.infer<typeof fault>;

const faultRule = z.strictObject({
  id: z.string().min(1),
  match: z.strictObject({
    provider: z.enum(providerNames).optional(),
    model: z.string().optional(),
    /** Drawn per call from the seed and the call's own text. */
    probability: z.number().min(0).max(1).optional(),
    /** How many calls the rule strikes before it is spent. */
    times: z.int().positive().optional(),
  }),
  fault,
});

export type FaultRule = z.infer<typeof faultRule>;

export const faultRules = z
  .array(faultRule)
  .refine((rules) => new Set(rules.map(({ id }) => id)).size === rules.length, 'two rules have the same id');

/** A call as a rule sees it. `draw` gives the same number below 1 for the same call and rule, always. */
export type FaultTarget = { provider: ProviderName; model: string; draw(ruleId: string): number };

/** The rules in force. The first that matches strikes. */
export type Faults = {
  replace(rules: readonly FaultRule[]): void;
  list(): (FaultRule & { hits: number })[];
  strike(target: FaultTarget): Fault | undefined;
};

export const createFaults = (): Faults => {
  let armed: (FaultRule & { hits: number })[] = [];
  return {
    replace(rules) {
      armed = rules.map((rule) => ({ ...rule, hits: 0 }));
    },
    list: () => armed.map((rule) => ({ ...rule })),
    strike(target) {
      const rule = armed.find((it) => isMatch(it, target));
      if (rule === undefined) return undefined;
      rule.hits += 1;
      return rule.fault;
    },
  };
};

const isMatch = ({ id, match, hits }: FaultRule & { hits: number }, target: FaultTarget): boolean =>
  (match.provider === undefined || match.provider === target.provider) &&
  (match.model === undefined || match.model === target.model) &&
  hits < (match.times ?? Number.POSITIVE_INFINITY) &&
  (match.probability === undefined || target.draw(id) < match.probability);
