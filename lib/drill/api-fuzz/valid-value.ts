import * as fc from 'fast-check';
import { CANARY } from './canary.ts';
import type { Schema } from './document.ts';

/** Names that a run uses again and again, so that requests meet what others have made. */
const NAMES = 12;

/** Longer lists take long to work off and find nothing more. */
const MOST_ITEMS = 4;

const HOUR_MS = 3_600_000;

/** What values are made of besides their schema. */
export type Surroundings = {
  schemas: Readonly<Record<string, Schema>>;
  /** Instants lie around it, so that some deadlines are still to come. */
  nowMs: number;
  /** Names that mean something, by path parameter. */
  names: Readonly<Record<string, readonly string[]>>;
};

/** Values that a schema allows, with the canary in every free text. */
export const validValue = (schema: Schema, around: Surroundings): fc.Arbitrary<unknown> => {
  const { $ref, enum: choices, anyOf, oneOf, type } = schema;
  if ($ref !== undefined) return validValue(referred($ref, around), around);
  if ('const' in schema && schema.const !== undefined) return fc.constant(schema.const);
  if (choices !== undefined) return fc.constantFrom(...choices);
  const either = anyOf ?? oneOf;
  if (either !== undefined) return fc.oneof(...either.map((one) => validValue(one, around)));
  switch (type) {
    case 'object':
      return objectOf(schema, around);
    case 'array':
      return fc.array(validValue(schema.items ?? {}, around), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? MOST_ITEMS, MOST_ITEMS),
      });
    case 'string':
      return textOf(schema, around.nowMs);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1_000, 2 ** 31 - 1) });
    case 'boolean':
      return fc.boolean();
    default:
      throw new Error(`no values are known of ${JSON.stringify(schema).slice(0, 200)}`);
  }
};

const referred = ($ref: string, { schemas }: Surroundings): Schema => {
  const found = schemas[$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`${$ref} leads nowhere`);
  return found;
};

const objectOf = (schema: Schema, around: Surroundings): fc.Arbitrary<unknown> => {
  const { properties, required = [], additionalProperties, propertyNames = {}, maxProperties } = schema;
  if (properties === undefined && typeof additionalProperties === 'object')
    return fc.dictionary(textOf(propertyNames, around.nowMs), validValue(additionalProperties, around), {
      maxKeys: Math.min(maxProperties ?? MOST_ITEMS, MOST_ITEMS),
    });
  const fields = Object.entries(properties ?? {}).map(([name, field]) => [name, validValue(field, around)]);
  return fc.record<Record<string, unknown>, string>(Object.fromEntries(fields), { requiredKeys: required });
};

/** Any but the halves of a pair. What fast-check calls `binary` takes most of a second of everybody's event loop to make. */
const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));

const textOf = (
  { format, pattern, minLength = 0, maxLength = 200 }: Schema,
  nowMs: number,
): fc.Arbitrary<string> => {
  if (format === 'date-time') return instantsAround(nowMs).map((ms) => new Date(ms).toISOString());
  if (format === 'date') return instantsAround(nowMs).map((ms) => new Date(ms).toISOString().slice(0, 10));
  if (pattern !== undefined) return patterned(new RegExp(pattern));
  const words = fc.oneof(
    fc.constant(''),
    fc.nat(NAMES).map((number) => ` ${number}`),
    fc.array(codePoint, { maxLength: 40 }).map((points) => String.fromCodePoint(...points)),
  );
  return words
    .map((word) => `${CANARY}${word}`.slice(0, maxLength))
    .filter((text) => text.length >= minLength && text.isWellFormed());
};

/** A name with the canary where one fits. */
const patterned = (pattern: RegExp): fc.Arbitrary<string> => {
  const name = fc.nat(NAMES).map((number) => `${CANARY}.${number}`);
  const fitting = fc.stringMatching(pattern).filter((text) => text.length <= 64);
  return pattern.test(`${CANARY}.0`) ? fc.oneof({ arbitrary: name, weight: 9 }, fitting) : fitting;
};

const instantsAround = (nowMs: number): fc.Arbitrary<number> =>
  fc.integer({ min: -2, max: 48 }).map((hours) => nowMs + hours * HOUR_MS);
