import * as z from 'zod';
import type { Dimensions, MetricId, Sample } from './metric-store.ts';

// Embedded Metric Format: "CloudWatch Logs, Specification: Embedded metric format". A line that breaks it makes no
// metric and no error, on AWS as here.

/** Limits of the specification. */
const MAX_VALUES = 100;
const MAX_DIMENSIONS = 30;
const MAX_METRICS = 100;

const directive = z.object({
  Namespace: z.string().min(1),
  Dimensions: z.array(z.array(z.string()).max(MAX_DIMENSIONS)),
  Metrics: z
    .array(
      z.object({
        Name: z.string().min(1),
        Unit: z.string().optional(),
        StorageResolution: z.number().optional(),
      }),
    )
    .max(MAX_METRICS),
});

const line = z.looseObject({
  _aws: z.object({ Timestamp: z.number(), CloudWatchMetrics: z.array(directive) }),
});

const values = z.union([z.number().transform((value) => [value]), z.array(z.number()).max(MAX_VALUES)]);

/** What one line publishes: each metric once per set of dimensions. */
export type Published = { metric: MetricId; samples: Sample[] };

const unitsOfTime = new Set(['Seconds', 'Milliseconds', 'Microseconds']);

/**
 * The metrics of a line that a function has printed; none for any other line. Times are made `scale` times as long, as
 * those that AWS measures: the function's clock is the day's.
 */
export const metricsIn = (text: string, scale = 1): Published[] => {
  if (!text.startsWith('{') || !text.includes('"_aws"')) return [];
  const parsed = line.safeParse(parseJson(text));
  if (!parsed.success) return [];
  const { _aws, ...members } = parsed.data;
  return _aws.CloudWatchMetrics.flatMap((declared) => publishedBy(declared, members, scale));
};

const publishedBy = (
  declared: z.infer<typeof directive>,
  members: Record<string, unknown>,
  scale: number,
): Published[] =>
  declared.Dimensions.flatMap((names) => {
    const dimensions = dimensionsOf(names, members);
    if (dimensions === undefined) return [];
    return declared.Metrics.flatMap(({ Name, Unit = '' }) => {
      const found = values.safeParse(members[Name]);
      if (!found.success) return [];
      const factor = unitsOfTime.has(Unit) ? scale : 1;
      const samples = found.data.map((value) => ({ value: value * factor, count: 1 }));
      return [{ metric: { namespace: declared.Namespace, name: Name, dimensions }, samples }];
    });
  });

/** `undefined` when the line lacks one of them. */
const dimensionsOf = (names: readonly string[], members: Record<string, unknown>): Dimensions | undefined => {
  const pairs = names.map((name) => [name, members[name]] as const);
  const known = pairs.every(([, value]) => typeof value === 'string' && value !== '');
  return known ? Object.fromEntries(pairs.map(([name, value]) => [name, String(value)])) : undefined;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
