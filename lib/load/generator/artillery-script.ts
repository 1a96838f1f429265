import type { Scenario } from '../../../load/scenario.ts';

/** An artillery script, as far as ours need one. `load/test` holds it to artillery's own types. */
export type ArtilleryScript = {
  config: {
    target: string;
    processor: string;
    phases: { name: string; duration: number; arrivalCount: number }[];
    statsInterval: number;
  };
  scenarios: { name: string; flow: { function: string }[] }[];
};

/** What the processor exports for artillery to call. */
export const LIVE = 'live';

/**
 * Users come by `arrivalCount`, evenly and exactly as many: a rate would draw them (`poisson`), `maxVusers` would drop
 * them, and artillery's workers would share them. All that a user does is one function, which tells artillery when the
 * user leaves; artillery's own request steps end a user at the first error, so that a failing target would be spared.
 */
export const scriptOf = (
  { name, arrivals }: Scenario,
  { target, processor }: { target: string; processor: string },
): ArtilleryScript => ({
  config: {
    target,
    processor,
    phases: [
      arrivals.kind === 'closed'
        ? { name: 'users come', duration: arrivals.rampSeconds, arrivalCount: arrivals.users }
        : { name: 'the source begins', duration: 1, arrivalCount: 1 },
    ],
    statsInterval: 5,
  },
  scenarios: [{ name, flow: [{ function: LIVE }] }],
});
