import { faultRules } from '../../../../lib/local/cloud/faults/fault-rules.ts';
import { createRuleBook } from '../../../../lib/local/cloud/faults/rule-book.ts';

const bookWith = (seed: number, ...rules: object[]) => {
  const book = createRuleBook(seed);
  book.replace(faultRules.parse(rules));
  return book;
};

const target = (functionName: string) => ({ functionName, fits: () => true });

const half = { id: 'half', match: { probability: 0.5 }, fault: { kind: 'throttle' } };

/** Which of 100 targets a rule strikes. */
const strikes = (book: ReturnType<typeof bookWith>, functionName: string): boolean[] =>
  Array.from({ length: 100 }, () => book.strike(['throttle'], target(functionName)) !== undefined);

it('strikes the same targets of a function whenever the seed is the same', () => {
  expect(strikes(bookWith(1, half), 'f')).toEqual(strikes(bookWith(1, half), 'f'));
});

it.each([
  ['another seed', bookWith(2, half), 'f'],
  ['another rule', bookWith(1, { ...half, id: 'other' }), 'f'],
  ['another function', bookWith(1, half), 'g'],
])('strikes other targets for %s', (_, book, functionName) => {
  expect(strikes(book, functionName)).not.toEqual(strikes(bookWith(1, half), 'f'));
});

it('strikes the targets of one function whatever happens to the others', () => {
  const book = bookWith(1, half);
  const alone = strikes(bookWith(1, half), 'f');
  const among = alone.map(() => {
    book.strike(['throttle'], target('g'));
    return book.strike(['throttle'], target('f')) !== undefined;
  });
  expect(among).toEqual(alone);
});

it('strikes about as many as the probability says', () => {
  const struck = strikes(bookWith(1, half), 'f').filter(Boolean).length;
  expect(struck).toBeGreaterThan(35);
  expect(struck).toBeLessThan(65);
});

it('takes the first rule that strikes', () => {
  const book = bookWith(
    1,
    { id: 'other', match: { functionName: 'g' }, fault: { kind: 'slow', ms: 1 } },
    { id: 'first', fault: { kind: 'slow', ms: 2 } },
    { id: 'second', fault: { kind: 'slow', ms: 3 } },
  );
  expect(book.strike(['slow'], target('f'))?.fault).toEqual({ kind: 'slow', ms: 2 });
});

it('is spent after as many strikes as the rule says, of which those count that happened', () => {
  const book = bookWith(1, { id: 'once', match: { times: 1 }, fault: { kind: 'throttle' } });
  const strike = () => book.strike(['throttle'], target('f'));
  const first = strike();
  expect(strike()).toBeUndefined();
  first?.spared();
  const second = strike();
  expect(book.list()).toMatchObject([{ id: 'once', hits: 0 }]);
  second?.happened();
  expect(strike()).toBeUndefined();
  expect(book.list()).toMatchObject([{ id: 'once', hits: 1 }]);
});

it('starts over when its rules are replaced', () => {
  const once = { id: 'once', match: { times: 1 }, fault: { kind: 'throttle' } };
  const book = bookWith(1, once);
  book.strike(['throttle'], target('f'))?.happened();
  book.replace(faultRules.parse([once]));
  expect(book.list()).toMatchObject([{ hits: 0 }]);
  expect(book.strike(['throttle'], target('f'))).toBeDefined();
});
