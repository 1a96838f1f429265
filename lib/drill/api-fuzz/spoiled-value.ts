import * as fc from 'fast-check';
import { CANARY } from './canary.ts';

const nested = (levels: number): unknown => {
  let value: unknown = CANARY;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { nested: value };
  return value;
};

/** `__proto__` as a field of its own, as JSON.parse makes it. */
const withOwnProto = (): unknown =>
  JSON.parse(`{"__proto__":{"admin":true,"text":"${CANARY}"},"constructor":1}`);

/** What fits few schemas. */
const strange: readonly unknown[] = [
  null,
  true,
  '',
  0,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  [],
  {},
  CANARY,
  `\ud800 ${CANARY}`,
  `${CANARY} \udc00`,
  `\u0000${CANARY}\u0000`,
  `\u202e${CANARY}\ufeff`,
  `__proto__`,
  `${CANARY} ${'x'.repeat(5_000)}`,
  `${CANARY} ${'é'.repeat(140_000)}`,
  '2026-02-30T25:61:00Z',
  '9999-12-31T23:59:59.999+23:59',
  '0000-01-01T00:00:00Z',
  nested(40),
  nested(3_000),
  withOwnProto(),
  [CANARY, [CANARY]],
];

const strangeNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  CANARY,
  'tenantID',
  '$ref',
];

type Place = readonly (string | number)[];

type Spoiling = { at: number; how: 'replace' | 'remove' | 'add'; value: unknown; name: string };

const spoiling: fc.Arbitrary<Spoiling> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'remove', 'add'),
  value: fc.constantFrom(...strange),
  name: fc.constantFrom(...strangeNames),
});

/** A document with one to three things wrong, somewhere. */
export const spoiled = (valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(valid, fc.array(spoiling, { minLength: 1, maxLength: 3 }))
    .map(([value, spoilings]) => spoilings.reduce(spoil, value));

const spoil = (value: unknown, { at, how, ...more }: Spoiling): unknown => {
  const places = placesIn(value, 6);
  const place = places[at % places.length] ?? [];
  return changed(value, place, (found) => {
    switch (how) {
      case 'replace':
        return more.value;
      case 'remove':
        return undefined;
      case 'add':
        return isFields(found)
          ? Object.fromEntries([...Object.entries(found), [more.name, more.value]])
          : more.value;
    }
  });
};

/** Every place in a document down to a depth, the document itself first. */
const placesIn = (value: unknown, depth: number): Place[] => [
  [],
  ...(depth === 0 ? [] : entriesOf(value)).flatMap(([key, inner]) =>
    placesIn(inner, depth - 1).map((place) => [key, ...place]),
  ),
];

const entriesOf = (value: unknown): [string | number, unknown][] => {
  if (Array.isArray(value)) return [...value.entries()];
  return isFields(value) ? Object.entries(value) : [];
};

/** A copy in which one place is another; `undefined` takes it away. */
const changed = (value: unknown, [key, ...rest]: Place, change: (found: unknown) => unknown): unknown => {
  if (key === undefined) return change(value);
  const entries = entriesOf(value).flatMap(([name, inner]): [string | number, unknown][] => {
    const next = name === key ? changed(inner, rest, change) : inner;
    return next === undefined ? [] : [[name, next]];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
};

const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
