import type { Expression, FunctionName, Operator } from './parse-expression.ts';

/** The value of a time series in one period; `undefined` where it has none. */
export type Value = number | undefined;

/** What names stand for in one period. */
export type Values = {
  valueOf(id: string): Value;
  /** All metrics of the alarm, for METRICS(). */
  metrics(): readonly Value[];
};

/** The value of an expression in one period. A gap in what it is made of is a gap in it, unless a function says otherwise. */
export const evaluate = (expression: Expression, values: Values): Value => {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'reference':
      return values.valueOf(expression.id);
    case 'list':
      throw new Error('a list of time series stands where one is needed');
    case 'negation':
      return mapped([evaluate(expression.of, values)], (of) => -of);
    case 'operation':
      return mapped([evaluate(expression.left, values), evaluate(expression.right, values)], (left, right) =>
        operate(expression.operator, left, right),
      );
    case 'call':
      return call(expression.name, expression.takes, values);
  }
};

const mapped = (operands: readonly Value[], run: (left: number, right: number) => Value): Value => {
  const [left, right = 0] = operands;
  return left === undefined || operands.includes(undefined) ? undefined : run(left, right);
};

const truth = (isTrue: boolean): number => (isTrue ? 1 : 0);

const operations: Readonly<Record<Operator, (left: number, right: number) => Value>> = {
  or: (left, right) => truth(left !== 0 || right !== 0),
  and: (left, right) => truth(left !== 0 && right !== 0),
  '==': (left, right) => truth(left === right),
  '!=': (left, right) => truth(left !== right),
  '<': (left, right) => truth(left < right),
  '<=': (left, right) => truth(left <= right),
  '>': (left, right) => truth(left > right),
  '>=': (left, right) => truth(left >= right),
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  // CloudWatch shows a gap where it would have to divide by zero.
  '/': (left, right) => (right === 0 ? undefined : left / right),
  '^': (left, right) => left ** right,
};

const operate = (operator: Operator, left: number, right: number): Value => operations[operator](left, right);

const call = (name: FunctionName, takes: readonly Expression[], values: Values): Value => {
  switch (name) {
    case 'IF':
      return choose(takes, values);
    case 'FILL':
      return fill(takes, values);
    case 'METRICS':
      throw new Error('METRICS() is a list of time series and stands where one is needed');
    case 'SUM':
    case 'MAX':
    case 'MIN':
    case 'AVG':
      return fold(name, listOf(name, takes, values));
  }
};

const choose = ([condition, then, otherwise]: readonly Expression[], values: Values): Value => {
  if (condition === undefined || then === undefined) throw new Error('IF takes a condition and a value');
  const chosen = evaluate(condition, values);
  if (chosen === undefined) return undefined;
  const branch = chosen !== 0 ? then : otherwise;
  return branch && evaluate(branch, values);
};

const fill = ([series, by]: readonly Expression[], values: Values): Value => {
  if (series === undefined || by?.kind !== 'number')
    throw new Error('the local cloud knows FILL of a time series with a number only');
  return evaluate(series, values) ?? by.value;
};

/** A single time series has a SUM over its time, which is no time series and makes no alarm. */
const listOf = (name: FunctionName, takes: readonly Expression[], values: Values): readonly Value[] => {
  const [list] = takes;
  if (takes.length === 1 && list?.kind === 'list') return list.items.map((item) => evaluate(item, values));
  if (takes.length === 1 && list?.kind === 'call' && list.name === 'METRICS') return values.metrics();
  throw new Error(`the local cloud knows ${name} of a list of time series only: ${name}([m1, m2])`);
};

/** Over those that have a value. */
const fold = (name: 'SUM' | 'MAX' | 'MIN' | 'AVG', list: readonly Value[]): Value => {
  const present = list.filter((value) => value !== undefined);
  if (present.length === 0) return undefined;
  const sum = present.reduce((total, value) => total + value, 0);
  const results = {
    SUM: sum,
    AVG: sum / present.length,
    MAX: Math.max(...present),
    MIN: Math.min(...present),
  };
  return results[name];
};
