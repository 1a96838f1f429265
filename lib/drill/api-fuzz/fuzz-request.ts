import * as fc from 'fast-check';
import { CANARY } from './canary.ts';
import { type ApiOperation, bodySchemaOf, type Parameter } from './document.ts';
import { spoiled } from './spoiled-value.ts';
import { type Surroundings, validValue } from './valid-value.ts';

/** Who asks: a tenant of two, a token without scopes, a text that is no token, or nobody. */
export type Asker = 'one' | 'other' | 'scopeless' | 'garbage' | 'nobody';

/** How far a request is from what the document describes. */
export type Nearness = 'valid' | 'nearly' | 'wild';

/** A request as it goes over the wire. */
export type FuzzRequest = {
  operation: ApiOperation;
  nearness: Nearness;
  asker: Asker;
  /** Path and query, percent-encoded or not. */
  target: string;
  /** Which of the links that answers have shown is to be followed in place of `target`, if one fits the operation. */
  follow: number | undefined;
  headers: Readonly<Record<string, string>>;
  body: Buffer | undefined;
};

/** Requests for one operation: half of them valid, most others nearly so. */
export const requestsFor = (operation: ApiOperation, around: Surroundings): fc.Arbitrary<FuzzRequest> =>
  fc.oneof(
    { arbitrary: requestOf('valid', operation, around), weight: 5 },
    { arbitrary: requestOf('nearly', operation, around), weight: 4 },
    { arbitrary: requestOf('wild', operation, around), weight: 1 },
  );

const requestOf = (
  nearness: Nearness,
  operation: ApiOperation,
  around: Surroundings,
): fc.Arbitrary<FuzzRequest> => {
  const spoilt: fc.Arbitrary<readonly PartName[]> =
    nearness === 'nearly'
      ? fc.subarray([...partNames], { minLength: 1 })
      : fc.constant(nearness === 'valid' ? [] : partNames);
  return spoilt.chain((names) =>
    fc
      .record({
        asker: askers,
        follow:
          nearness === 'valid' ? fc.option(fc.nat(), { nil: undefined, freq: 2 }) : fc.constant(undefined),
        path: pathOf(operation, around, names.includes('path')),
        query: queryOf(operation, around, names.includes('query')),
        headers: headersOf(operation, around, names.includes('headers')),
        body: bodyOf(operation, around, names.includes('body')),
      })
      .map(({ path, query, headers, ...rest }) => ({
        ...rest,
        operation,
        nearness,
        target: query === '' ? path : `${path}?${query}`,
        headers: {
          ...(rest.body && { 'content-type': 'application/json' }),
          'user-agent': CANARY,
          ...headers,
        },
      })),
  );
};

const partNames = ['path', 'query', 'headers', 'body'] as const;
type PartName = (typeof partNames)[number];

const askers: fc.Arbitrary<Asker> = fc.oneof(
  { arbitrary: fc.constant('one' as const), weight: 12 },
  { arbitrary: fc.constantFrom('other', 'scopeless', 'garbage', 'nobody'), weight: 3 },
);

type PartOf<Part> = (operation: ApiOperation, around: Surroundings, isSpoilt: boolean) => fc.Arbitrary<Part>;

/** A text's odd forms in a URL. Dots and slashes alone would lead to another operation. */
const strangeSegments = [
  '',
  '%',
  '%zz',
  '%00',
  '%2F',
  '%2e%2e%2f%2e%2e',
  '%E0%A4%A',
  '%ED%A0%80',
  '%F0%9F%98%80',
  '__proto__',
  'constructor',
  ';x=1',
  '{jobId}',
  "'--",
  `${CANARY}${'a'.repeat(2_000)}`,
];

const pathOf: PartOf<string> = ({ path, parameters }, around, isSpoilt) => {
  const segments = parameters
    .filter((parameter) => parameter.in === 'path')
    .map(({ name, schema }) => {
      const [known = [], anyName] = [around.names[name], validValue(schema, around)];
      const named = known.length === 0 ? anyName : fc.oneof(fc.constantFrom(...known), anyName);
      const valid = named.map((value) => encodeURIComponent(String(value)));
      return [name, isSpoilt ? fc.oneof(valid, fc.constantFrom(...strangeSegments)) : valid];
    });
  return fc
    .record<Record<string, string>>(Object.fromEntries(segments))
    .map((values) => path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? ''));
};

const strangeQueries = [
  'wait=1e1',
  'wait=-1',
  'wait=0&wait=0',
  'limit=99999999999999999999',
  'limit=1&limit=2',
  'cursor=bm90IGEgY3Vyc29y',
  `cursor=${CANARY}`,
  'cursor=eyJqb2JJZCI6IiIsImVucXVldWVkQXRNcyI6MX0',
  'cursor=eyJqb2JJZCI6ImEiLCJlbnF1ZXVlZEF0TXMiOjFlMzA4fQ',
  'cursor=eyJqb2JJZCI6ImEiLCJlbnF1ZXVlZEF0TXMiOi0xLjV9',
  'from=0000-01-01T00:00:00Z',
  'to=9999-12-31T23:59:59Z',
  'from=-271821-04-20T00:00:00Z',
  '__proto__=1',
  'constructor=1',
  `${CANARY}=${CANARY}`,
  `creatorId=%ED%A0%80${CANARY}`,
  `creatorId=%00`,
  '=',
  '&&&',
  '%',
  'a[]=1&a[b]=2',
];

/** What an operation may wait for is its caller's choice; here it is little. */
const withoutLongWaits = ({ name, schema }: Parameter): Parameter['schema'] =>
  name === 'wait' ? { ...schema, maximum: 1 } : schema;

const queryOf: PartOf<string> = ({ parameters }, around, isSpoilt) => {
  const known = parameters
    .filter((parameter) => parameter.in === 'query')
    .map((parameter) => [
      parameter.name,
      fc.option(validValue(withoutLongWaits(parameter), around), { nil: undefined, freq: 2 }),
    ]);
  const pairs = fc.record<Record<string, unknown>>(Object.fromEntries(known)).map((values) =>
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`),
  );
  const strange = isSpoilt
    ? fc.array(fc.constantFrom(...strangeQueries), { minLength: 1, maxLength: 3 })
    : fc.constant([]);
  return fc.tuple(pairs, strange).map((all) => all.flat().join('&'));
};

const strangeHeaders: readonly Record<string, string>[] = [
  { 'content-type': '' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/jsonx' },
  { 'content-type': 'APPLICATION/JSON; charset=utf-16' },
  { 'content-type': 'application/problem+json' },
  { 'content-type': `multipart/form-data; boundary=${CANARY}` },
  { 'content-type': 'application/octet-stream' },
  { accept: 'text/csv' },
  { accept: `text/html;q=0, ${CANARY}/*` },
  { 'if-none-match': '*' },
  { 'if-none-match': `W/"${CANARY}", ,"` },
  { traceparent: CANARY },
  { traceparent: '00-00000000000000000000000000000000-0000000000000000-00' },
  { traceparent: `00-${'5e1f'.repeat(8)}-${'5e1f'.repeat(4)}-01` },
  { 'idempotency-key': '' },
  { 'idempotency-key': `${CANARY}${'k'.repeat(200)}` },
  { 'idempotency-key': `${CANARY} \u00e9\u00ff` },
  { 'x-amzn-trace-id': CANARY, 'x-forwarded-for': CANARY },
  { cookie: CANARY, '__proto__-x': CANARY },
];

const headersOf: PartOf<Record<string, string>> = ({ parameters }, around, isSpoilt) => {
  const known = parameters
    .filter((parameter) => parameter.in === 'header')
    .map(({ name, schema }) => [
      name,
      fc.option(validValue(schema, around).map(latinOf), { nil: undefined, freq: 2 }),
    ]);
  const given = fc
    .record<Record<string, string | undefined>>(Object.fromEntries(known))
    .map((values) => definedIn(values));
  if (!isSpoilt) return given;
  return fc
    .tuple(given, fc.constantFrom(...strangeHeaders))
    .map(([valid, strange]) => ({ ...valid, ...strange }));
};

const definedIn = (values: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );

/** What HTTP carries in a header. */
const latinOf = (value: unknown): string =>
  String(value)
    .replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '')
    .trim();

/** Bodies that are no JSON document, or not one that is meant well. */
const strangeBodies: readonly Buffer[] = [
  '',
  'null',
  '[]',
  `"${CANARY}"`,
  CANARY,
  `{"jobs":[{"creatorId":"${CANARY}"`,
  `{"creatorId":"${CANARY}","creatorId":"${CANARY}2"}`,
  `\ufeff{"creatorId":"${CANARY}"}`,
  `{"right":1e999,"hold":-1e999,"${CANARY}":1}`,
  '['.repeat(100_000),
  `{"a":`.repeat(20_000),
  `{"__proto__":{"${CANARY}":1}}`,
  `{"jobs":[${'{},'.repeat(99)}{}]}`,
  `{"jobs":[${'0,'.repeat(100)}0]}`,
  `{"filter":{"reason":"\\ud800${CANARY}"}}`,
]
  .map((text) => Buffer.from(text))
  .concat(
    Buffer.concat([
      Buffer.from(`{"creatorId":"${CANARY}`),
      Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
      Buffer.from('"}'),
    ]),
    Buffer.from(`{"creatorId":"${CANARY}"}`, 'utf16le'),
  );

const bodyOf: PartOf<Buffer | undefined> = (operation, around, isSpoilt) => {
  const schema = bodySchemaOf(operation);
  if (schema === undefined)
    return isSpoilt && operation.method !== 'GET'
      ? fc.constantFrom(undefined, ...strangeBodies)
      : fc.constant(undefined);
  const valid = validValue(schema, around);
  const asBody = (document: unknown) => Buffer.from(JSON.stringify(document) ?? '');
  if (!isSpoilt) return valid.map(asBody);
  return fc.oneof(
    { arbitrary: spoiled(valid).map(asBody), weight: 4 },
    { arbitrary: fc.constantFrom(...strangeBodies), weight: 1 },
    { arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)), weight: 1 },
  );
};
