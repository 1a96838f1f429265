import { hash } from 'node:crypto';
import type { FaultKind, FaultOf, FaultRule } from './fault-rules.ts';

/** Something that a rule may strike. */
export type Target = {
  functionName: string;
  /** What the rule asks for beyond the name of the function. */
  fits(rule: FaultRule): boolean;
};

/** A rule that strikes. It is taken until it is known whether it came to it. */
export type Strike<Kind extends FaultKind> = {
  fault: FaultOf<Kind>;
  /** From 0 up to, and without, 1: the same for the same seed, rule, function, ordinal and purpose. */
  draw(purpose: string): number;
  happened(): void;
  /** It did not come to it: the rule may strike another. */
  spared(): void;
};

export type RuleInForce = FaultRule & { hits: number };

/** The rules in force, in their order. */
export type RuleBook = {
  readonly seed: number;
  replace(rules: readonly FaultRule[]): void;
  list(): RuleInForce[];
  /** The first rule of these kinds that strikes the target. */
  strike<Kind extends FaultKind>(kinds: readonly Kind[], target: Target): Strike<Kind> | undefined;
};

type Armed = {
  rule: FaultRule;
  hits: number;
  /** Strikes of which it is not known yet whether it comes to them. */
  pending: number;
  /** Targets so far, by function: the ordinal of the next. */
  seen: Map<string, number>;
};

/** Draws depend on nothing but the seed, the rule, the function and how many targets of it came before. */
export const createRuleBook = (seed: number): RuleBook => {
  let book: Armed[] = [];
  return {
    seed,
    replace: (rules) => {
      book = rules.map((rule) => ({ rule, hits: 0, pending: 0, seen: new Map() }));
    },
    list: () => book.map(({ rule, hits }) => ({ ...rule, hits })),
    strike: (kinds, target) => {
      for (const armed of book) {
        const strike = strikeWith(seed, armed, kinds, target);
        if (strike !== undefined) return strike;
      }
      return undefined;
    },
  };
};

const strikeWith = <Kind extends FaultKind>(
  seed: number,
  armed: Armed,
  kinds: readonly Kind[],
  target: Target,
): Strike<Kind> | undefined => {
  const { rule } = armed;
  const { fault, match } = rule;
  if (!isOneOf(kinds, fault) || !endsWith(target.functionName, match.functionName) || !target.fits(rule))
    return undefined;
  const ordinal = armed.seen.get(target.functionName) ?? 0;
  armed.seen.set(target.functionName, ordinal + 1);
  const draw = (purpose: string) =>
    fraction(JSON.stringify([seed, rule.id, target.functionName, ordinal, purpose]));
  if (armed.hits + armed.pending >= (match.times ?? Infinity)) return undefined;
  if (match.probability !== undefined && draw('strike') >= match.probability) return undefined;
  armed.pending += 1;
  return {
    fault,
    draw,
    happened: () => {
      armed.pending -= 1;
      armed.hits += 1;
    },
    spared: () => {
      armed.pending -= 1;
    },
  };
};

const isOneOf = <Kind extends FaultKind>(
  kinds: readonly Kind[],
  fault: FaultRule['fault'],
): fault is FaultOf<Kind> => kinds.some((kind) => kind === fault.kind);

/** Whether a name is the one that a rule asks for; a rule that asks for none takes any. */
export const endsWith = (name: string, asked: string | undefined): boolean =>
  asked === undefined || name.endsWith(asked);

const HEX_DIGITS = 8;

const fraction = (text: string): number =>
  Number.parseInt(hash('sha1', text).slice(0, HEX_DIGITS), 16) / 16 ** HEX_DIGITS;
