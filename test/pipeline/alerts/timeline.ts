import type { Alert } from '../../../lib/pipeline/alerts/alert.ts';
import type { Notice } from '../../../lib/pipeline/alerts/notice.ts';
import { type AlertPolicy, defaultPolicy } from '../../../lib/pipeline/alerts/policy.ts';
import { type AlertWorldOptions, createAlertWorld } from '../../../lib/simulation/alert-world.ts';

/** Seconds for minutes, as Alertmanager's own acceptance tests have them. */
export const quickPolicy: AlertPolicy = {
  ...defaultPolicy,
  groupWaitMs: 1_000,
  groupIntervalMs: 10_000,
  repeatIntervalMs: 40_000,
};

/** A firing warning of lane `low` at instant 0; the differences from it are what a test is about. */
export const anAlert = (changes: Partial<Alert> = {}): Alert => ({
  name: 'waiting',
  severity: 'warning',
  state: 'firing',
  labels: { lane: 'low' },
  atMs: 0,
  ...changes,
});

/** What is expected of a notice: its reason, and whatever else a test is about. */
type Wanted = Pick<Notice, 'reason'> & { [Key in keyof Notice]?: unknown };

type Pushed = Partial<Omit<Alert, 'atMs'>>;

/** A story in seconds: what is pushed when, and between which instants which notice is wanted. All others are unwanted. */
export const timeline = (options: Partial<AlertWorldOptions> = {}) => {
  const world = createAlertWorld({ policy: quickPolicy, sweeps: false, ...options });
  const wanted: { fromS: number; toS: number; notice: Wanted }[] = [];
  const story = {
    world,
    at: (second: number) => ({
      push: (...alerts: readonly Pushed[]) => {
        world.push(second * 1000, ...alerts.map((alert) => anAlert({ ...alert, atMs: second * 1000 })));
        return story;
      },
      silence: (matchers: Record<string, string>, untilS: number) => {
        world.silence(second * 1000, { matchers, untilSeconds: untilS, reason: 'maintenance' });
        return story;
      },
      /** Takes back the silence that was made then. */
      endSilence: (madeAtS: number) => {
        world.endSilence(second * 1000, madeAtS * 1000);
        return story;
      },
      changePolicy: (changes: Partial<AlertPolicy>) => {
        world.changePolicy(second * 1000, { ...quickPolicy, ...changes });
        return story;
      },
    }),
    want: (fromS: number, toS: number, notice: Wanted) => {
      wanted.push({ fromS, toS, notice });
      return story;
    },
    /** Runs to the end of the story and holds it to what was wanted. */
    until: async (second: number): Promise<void> => {
      await world.runUntil(second * 1000);
      const told = world.notices.map(
        ({ atMs, notice }) => `${atMs / 1000} s: ${notice.reason} of ${notice.name}`,
      );
      expect({ told, count: told.length }).toEqual({ told, count: wanted.length });
      for (const [index, { fromS, toS, notice }] of wanted.entries()) {
        const came = world.notices[index];
        expect(came?.notice).toMatchObject(notice);
        expect(came?.atMs).toBeGreaterThanOrEqual(fromS * 1000);
        expect(came?.atMs).toBeLessThanOrEqual(toS * 1000);
      }
    },
  };
  return story;
};
