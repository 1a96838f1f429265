import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1));
const count = z.int().check(z.minimum(0));

/** What is known of a breach so far; what is not known yet is left out, and told later (GDPR Art. 33(4)). */
export const breachFacts = z.strictObject({
  /** The instant at which somebody of ours knew that data are concerned: clocks begin then. */
  awareAt: z.iso.datetime(),
  kind: z.array(z.enum(['confidentiality', 'integrity', 'availability'])).check(z.minLength(1)),
  what: text,
  since: z.exactOptional(z.iso.datetime()),
  until: z.exactOptional(z.iso.datetime()),
  /** Of the data map, as `relay-<stage>-jobs`. */
  stores: z.array(text).check(z.minLength(1)),
  persons: z.exactOptional(count),
  records: z.exactOptional(count),
  /** Whether whoever got the data can read them: false only if their keys are not out (Art. 34(3)(a)). */
  readable: z.exactOptional(z.boolean()),
  consequences: z.exactOptional(text),
  measures: z.exactOptional(text),
});

export type BreachFacts = z.infer<typeof breachFacts>;
