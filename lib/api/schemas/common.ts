import * as z from 'zod/mini';

/** An instant as the API writes it: UTC with milliseconds. */
export const instant = z.iso
  .datetime({ offset: false })
  .check(z.describe('UTC, e.g. 2026-11-26T07:30:00.000Z.'));

/** What was spent: an integer, since money in floating point does not add up. */
export const microUsd = z.int().check(z.minimum(0), z.describe('Millionths of a US dollar.'));

/** A UTC day. */
export const day = z.iso.date().check(z.describe('A UTC day, e.g. 2026-11-26.'));

/** A whole number in a URL, which is a text there; the document says that it is a number. */
export const numberText = (minimum: number, maximum: number, description: string) =>
  z
    .pipe(
      z.string().check(z.regex(/^\d{1,9}$/)),
      z.pipe(z.transform(Number), z.int().check(z.minimum(minimum), z.maximum(maximum))),
    )
    .check(z.meta({ type: 'integer', minimum, maximum, description, pattern: undefined }));

/** The last instant of a year of four digits. What people write by hand may be later. In ms since 1970. */
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** ms since 1970 as an instant of the API. */
export const instantOf = (ms: number): string => new Date(Math.min(ms, LAST_MS)).toISOString();
