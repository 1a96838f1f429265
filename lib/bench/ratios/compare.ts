import * as z from 'zod';
import type { Measure } from '../measure.ts';
import { type SubjectName, subjectNames } from './subjects.ts';

/** What `npm run bench -- --json FILE` has written, as far as it is compared. */
const written = z.object({
  measures: z.array(
    z.object({ name: z.string(), figures: z.array(z.object({ name: z.string(), value: z.number() })) }),
  ),
});

/** A ratio of every subject, and of nothing else: what has no baseline would never be found slower. */
const baselineSchema = z.record(z.enum(subjectNames), z.number().positive());

export type Baseline = z.infer<typeof baselineSchema>;

export const parseBaseline = (text: string): Baseline => {
  const ratios = ratiosOf(written.parse(JSON.parse(text)).measures);
  return baselineSchema.parse(Object.fromEntries(ratios.map(({ name, value }) => [name, value])));
};

type Figures = readonly { name: string; value: number }[];

const ratiosOf = (measures: readonly { name: string; figures: Figures }[]): Figures =>
  measures.find(({ name }) => name === 'ratios')?.figures ?? [];

/**
 * How much slower is let pass. Runs of one commit differed by 29 % at most, on two cores with a load average of 20: the
 * compiler does not always come to the same code.
 */
export const LET_PASS = 0.3;

export type Slower = { name: SubjectName; value: number; baseline: number };

/** What is slower than it was by more than is let pass. Only the ratios are compared: times depend on the machine. */
export const slowerThan = (baseline: Baseline, measures: readonly Measure[]): readonly Slower[] => {
  const ratios = ratiosOf(measures);
  return subjectNames.flatMap((name) => {
    const value = ratios.find((it) => it.name === name)?.value;
    if (value === undefined) throw new Error(`${name} was not measured`);
    return value <= baseline[name] * (1 + LET_PASS) ? [] : [{ name, value, baseline: baseline[name] }];
  });
};

export const slowerSentence = ({ name, value, baseline }: Slower): string =>
  `${name} is ${Math.round(100 * (value / baseline - 1))} % slower than its baseline: ${value.toFixed(2)} times the reference instead of ${baseline.toFixed(2)}`;
