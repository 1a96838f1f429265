import { alertWorkloads } from '../../lib/bench/alert-workloads.ts';
import { runDay, savedPercent } from '../../lib/bench/alerts.ts';
import { defaultPolicy } from '../../lib/pipeline/alerts/policy.ts';

const workloads = alertWorkloads(1);

describe('a day of alerts', () => {
  it.each([
    ['steady 20/h', 480],
    ['steady 200/h', 4_800],
    ['3 outages x 80', 240],
    ['storm of 10,000', 10_000],
  ])('%s has %i, half of them beginnings', (name, count) => {
    const alerts = workloads.find((workload) => workload.name === name)?.alerts ?? [];
    expect(alerts).toHaveLength(count);
    expect(alerts.filter(({ state }) => state === 'firing')).toHaveLength(count / 2);
    expect(alerts).toEqual(alerts.toSorted((one, other) => one.atMs - other.atMs));
  });

  it.each([
    ['3 outages x 80', 60],
    ['storm of 10,000', 98],
  ])('of %s becomes notices that save %i %% of the publishes, whatever the seed', async (name, percent) => {
    for (const seed of [1, 20]) {
      const workload = alertWorkloads(seed).find((candidate) => candidate.name === name);
      if (workload === undefined) throw new Error(`no workload is called ${name}`);
      const notices = await runDay(workload, defaultPolicy);
      expect(savedPercent(workload, notices)).toBeGreaterThanOrEqual(percent);
      expect(notices.at(-1)?.notice.reason).toBe('resolved');
    }
  });
});
