import * as z from 'zod';
import type { Measure } from '../measure.ts';
import { type SubjectName, subjectNames } from './subjects.ts';

/** What `npm run bench -- --json FILE` has written, as far as it is compared. */
const baselineSchema = z.object({
  machine: z.object({ node: z.string() }),
  measures: z.array(
    z.object({
      name: z.string(),
      figures: z.array(z.object({ name: z.string(), value: z.number().positive() })),
    }),
  ),
});

export type Baseline = z.infer<typeof baselineSchema>;

export const parseBaseline = (text: string): Baseline => baselineSchema.parse(JSON.parse(text));

/**
 * How much slower is let pass. Runs of one commit differed by 29 % at most, on two cores with a load average of 20: the
 * compiler does not always come to the same code.
 */
export const LET_PASS = 0.3;

export type Slower = { name: SubjectName; value: number; baseline: number };

/** What is slower than it was by more than is let pass. Only the ratios are compared: times depend on the machine. */
export const slowerThan = (baseline: Baseline, measures: readonly Measure[]): readonly Slower[] =>
  figuresOf(measures).flatMap(({ name, value }) => {
    const before = figuresOf(baseline.measures).find((it) => it.name === name);
    const subject = subjectNames.find((it) => it === name);
    if (before === undefined || subject === undefined) throw new Error(`the baseline does not know ${name}`);
    return value > before.value * (1 + LET_PASS) ? [{ name: subject, value, baseline: before.value }] : [];
  });

type Figures = readonly { name: string; value: number }[];

const figuresOf = (measures: readonly { name: string; figures: Figures }[]): Figures =>
  measures.find(({ name }) => name === 'ratios')?.figures ?? [];

export const slowerSentence = ({ name, value, baseline }: Slower): string =>
  `${name} is ${Math.round(100 * (value / baseline - 1))} % slower than its baseline: ${value.toFixed(2)} times the reference instead of ${baseline.toFixed(2)}`;
