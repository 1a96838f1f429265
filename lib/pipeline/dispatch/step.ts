import type { Rung } from './chain.ts';
import { LEAST_ATTEMPT_MS } from './deadline.ts';
import type { Run, RunPorts } from './run.ts';

/** Where a run stands on a rung, and when the rung is over. */
export type Step = { ports: RunPorts; run: Run; rung: Rung; endAtMs: number };

/** Asking circuit, quota and store first takes a little of the rung: that alone does not make a call short. */
export const WHOLE_SHARE = 0.9;

export const timeLeftMs = ({ ports, endAtMs }: Step): number => endAtMs - ports.clock.now();

/** What a call of this rung needs at the least, in ms. */
export const leastMs = ({ rung }: Step): number => Math.min(LEAST_ATTEMPT_MS, rung.timeoutMs);
