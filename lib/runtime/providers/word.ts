import * as z from 'zod/mini';

/**
 * A string of a reply that nothing hangs on: anything else in its place is taken for nothing.
 * `z.catch` would say the same and bring 10 KB of zod's utilities into every cold start.
 */
export const word = z.pipe(
  z.optional(z.unknown()),
  z.transform((value) => (typeof value === 'string' ? value : undefined)),
);
