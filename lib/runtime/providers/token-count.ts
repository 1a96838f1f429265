import * as z from 'zod/mini';

/** Ten times the longest prompt that any provider takes. What is above it counts something else, or nothing. */
export const MAX_TOKENS = 10_000_000;

/** A number of tokens in a reply's usage. Below the limit, sums of counts and their cost stay exact. */
export const tokenCount = z.int().check(z.nonnegative(), z.maximum(MAX_TOKENS));
