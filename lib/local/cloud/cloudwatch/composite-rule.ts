import type { AlarmState } from './alarm.ts';
import { type Reader, readerOf } from './math/tokens.ts';

/** The rule of a composite alarm: which states of other alarms, in which combination. */
export type CompositeRule =
  | { kind: 'constant'; value: boolean }
  | { kind: 'state'; state: AlarmState; alarm: string }
  | { kind: 'not'; of: CompositeRule }
  | { kind: 'and' | 'or'; left: CompositeRule; right: CompositeRule };

/** Throws, with a sentence, for what is malformed. Alarms are named by name or ARN. */
export const parseCompositeRule = (text: string): CompositeRule => {
  const reader = readerOf(text);
  const rule = parseOr(reader);
  const rest = reader.peek();
  if (rest !== undefined) throw reader.problem(`"${rest.value}" is one word too many`);
  return rule;
};

const parseOr = (reader: Reader): CompositeRule => {
  let left = parseAnd(reader);
  while (reader.take('OR')) left = { kind: 'or', left, right: parseAnd(reader) };
  return left;
};

const parseAnd = (reader: Reader): CompositeRule => {
  let left = parseNot(reader);
  while (reader.take('AND')) left = { kind: 'and', left, right: parseNot(reader) };
  return left;
};

const parseNot = (reader: Reader): CompositeRule =>
  reader.take('NOT') ? { kind: 'not', of: parseNot(reader) } : parseTerm(reader);

const states: readonly AlarmState[] = ['ALARM', 'OK', 'INSUFFICIENT_DATA'];

const parseTerm = (reader: Reader): CompositeRule => {
  if (reader.take('(')) {
    const inner = parseOr(reader);
    reader.expect(')');
    return inner;
  }
  if (reader.take('TRUE')) return { kind: 'constant', value: true };
  if (reader.take('FALSE')) return { kind: 'constant', value: false };
  const state = states.find((known) => reader.take(known));
  if (state === undefined)
    throw reader.problem(
      `ALARM, OK or INSUFFICIENT_DATA is missing before "${reader.peek()?.value ?? 'the end'}"`,
    );
  reader.expect('(');
  const named = reader.next();
  if (named?.kind !== 'text' && named?.kind !== 'name')
    throw reader.problem('an alarm must be named in quotes');
  reader.expect(')');
  return { kind: 'state', state, alarm: nameIn(named.value) };
};

const nameIn = (alarm: string): string => alarm.slice(alarm.lastIndexOf(':') + 1);

export const ruleHolds = (rule: CompositeRule, stateOf: (alarm: string) => AlarmState): boolean => {
  switch (rule.kind) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !ruleHolds(rule.of, stateOf);
    case 'and':
      return ruleHolds(rule.left, stateOf) && ruleHolds(rule.right, stateOf);
    case 'or':
      return ruleHolds(rule.left, stateOf) || ruleHolds(rule.right, stateOf);
  }
};

/** Every alarm that a rule looks at. */
export const alarmsIn = (rule: CompositeRule): string[] => {
  switch (rule.kind) {
    case 'constant':
      return [];
    case 'state':
      return [rule.alarm];
    case 'not':
      return alarmsIn(rule.of);
    case 'and':
    case 'or':
      return [...alarmsIn(rule.left), ...alarmsIn(rule.right)];
  }
};
