import * as z from 'zod';
import { laneNames } from '../../pipeline/job/lane.ts';

const summary = z.object({
  count: z.number(),
  p50: z.number(),
  p95: z.number(),
  p99: z.number(),
  max: z.number(),
});

const perLane = <Schema extends z.ZodType>(of: Schema) => z.partialRecord(z.enum(laneNames), of);

const check = z.object({
  name: z.string(),
  /** objective: what the stage promises. proof: what the scenario is for. validity: whether the run can be believed. */
  kind: z.enum(['objective', 'proof', 'validity']),
  found: z.string(),
  wanted: z.string(),
  holds: z.boolean(),
});

const window = z.object({
  fromMs: z.number(),
  isWarmUp: z.boolean(),
  users: z.number(),
  submitted: z.number(),
  ended: z.number(),
  requests: z.number(),
  errors: z.number(),
  /** From the user's wish to the job's end. */
  job: summary.optional(),
  wait: summary.optional(),
  /** Relay's own share of it. */
  own: summary.optional(),
  request: summary.optional(),
  depth: perLane(z.number()),
  /** Of the oldest job of the run that waits, in ms. */
  age: perLane(z.number()),
  lagMs: z.number().optional(),
});

/** What a run has found: all that its report shows, and that another run is compared with. */
export const runResult = z.object({
  run: z.object({
    id: z.string(),
    scenario: z.string(),
    question: z.string(),
    who: z.string(),
    target: z.string(),
    scale: z.number(),
    startedAtMs: z.number(),
    measuredFromMs: z.number(),
    measuredUntilMs: z.number(),
    sharesMachine: z.boolean(),
    machine: z.object({ cores: z.number(), node: z.string(), artillery: z.string() }),
    commit: z.string(),
    models: z.string().optional(),
    faults: z.object({ fromMs: z.number(), untilMs: z.number(), what: z.string() }).optional(),
  }),
  /** invalid: the generator was not up to it, or something else makes the figures worthless. */
  verdict: z.enum(['passed', 'breached', 'invalid']),
  checks: z.array(check),
  jobs: z.object({
    submitted: z.number(),
    measured: z.number(),
    answered: z.number(),
    lost: z.number(),
    ends: z.array(z.object({ word: z.string(), count: z.number() })),
  }),
  latency: z.object({
    job: summary.optional(),
    byLane: perLane(z.object({ job: summary.optional(), wait: summary.optional() })),
    own: summary.optional(),
    requests: z.array(z.object({ name: z.string(), summary })),
  }),
  throughput: z.object({ jobsPerSecond: z.number(), requestsPerSecond: z.number() }),
  errors: z.array(z.object({ word: z.string(), count: z.number() })),
  models: z.array(z.object({ asked: z.string(), answeredBy: z.string(), count: z.number() })),
  /** Of the jobs whose own model did not answer: the share that a lesser one did, and how long after their run began. */
  rescue: z.object({ needed: z.number(), share: z.number(), time: summary.optional() }),
  cost: z.object({ microUsd: z.number(), inputTokens: z.number(), outputTokens: z.number() }),
  windowMs: z.number(),
  windows: z.array(window),
});

export type RunResult = z.infer<typeof runResult>;
export type Check = z.infer<typeof check>;
export type Window = z.infer<typeof window>;
