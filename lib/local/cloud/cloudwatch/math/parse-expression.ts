import { type Reader, readerOf, type Token } from './tokens.ts';

const binaryOperators = [
  ['||', 'OR'],
  ['&&', 'AND'],
  ['==', '!=', '<', '<=', '>', '>='],
  ['+', '-'],
  ['*', '/'],
  ['^'],
];

export type Operator = 'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '^';

/** The functions that are known here. All but IF, FILL and METRICS take a list of time series. */
export const functionNames = ['SUM', 'MAX', 'MIN', 'AVG', 'IF', 'FILL', 'METRICS'] as const;
export type FunctionName = (typeof functionNames)[number];

/** A metric math expression ("CloudWatch, Metric math syntax and functions"), as far as alarms of this project use it. */
export type Expression =
  | { kind: 'number'; value: number }
  | { kind: 'reference'; id: string }
  | { kind: 'list'; items: readonly Expression[] }
  | { kind: 'negation'; of: Expression }
  | { kind: 'operation'; operator: Operator; left: Expression; right: Expression }
  | { kind: 'call'; name: FunctionName; takes: readonly Expression[] };

/** Throws, with a sentence, for what is malformed or not known here. */
export const parseExpression = (text: string): Expression => {
  const reader = readerOf(text);
  const expression = parseLevel(reader, 0);
  const rest = reader.peek();
  if (rest !== undefined) throw reader.problem(`"${rest.value}" is one word too many`);
  return expression;
};

/** The levels bind the tighter the later they stand in the list; operators of one level apply from left to right. */
const parseLevel = (reader: Reader, level: number): Expression => {
  const operators = binaryOperators[level];
  if (operators === undefined) return parseNegation(reader);
  let left = parseLevel(reader, level + 1);
  for (let sign = takeOne(reader, operators); sign !== undefined; sign = takeOne(reader, operators)) {
    left = { kind: 'operation', operator: operatorOf(sign), left, right: parseLevel(reader, level + 1) };
  }
  return left;
};

const takeOne = (reader: Reader, operators: readonly string[]): string | undefined =>
  operators.find((operator) => reader.take(operator));

const words: Readonly<Record<string, Operator>> = { '||': 'or', OR: 'or', '&&': 'and', AND: 'and' };
const signs: readonly Operator[] = ['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/', '^'];

const operatorOf = (sign: string): Operator => {
  const operator = words[sign] ?? signs.find((known) => known === sign);
  if (operator === undefined) throw new Error(`the operator ${sign} has no meaning`);
  return operator;
};

const parseNegation = (reader: Reader): Expression =>
  reader.take('-') ? { kind: 'negation', of: parseNegation(reader) } : parseTerm(reader);

const parseTerm = (reader: Reader): Expression => {
  if (reader.take('(')) {
    const inner = parseLevel(reader, 0);
    reader.expect(')');
    return inner;
  }
  if (reader.take('[')) return { kind: 'list', items: parseItems(reader, ']') };
  const token = reader.next();
  if (token?.kind === 'number') return token;
  if (token?.kind !== 'name')
    throw reader.problem(`a value is missing before "${token?.value ?? 'the end'}"`);
  return parseNamed(reader, token);
};

const parseNamed = (reader: Reader, { value }: Token & { kind: 'name' }): Expression => {
  if (!reader.take('(')) return { kind: 'reference', id: value };
  const name = functionNames.find((known) => known === value.toUpperCase());
  if (name === undefined)
    throw reader.problem(
      `the local cloud does not know the function ${value}; it knows ${functionNames.join(', ')}`,
    );
  return { kind: 'call', name, takes: parseItems(reader, ')') };
};

const parseItems = (reader: Reader, end: string): Expression[] => {
  const items: Expression[] = [];
  if (reader.take(end)) return items;
  do items.push(parseLevel(reader, 0));
  while (reader.take(','));
  reader.expect(end);
  return items;
};
