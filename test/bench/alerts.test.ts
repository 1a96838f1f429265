import { readFileSync } from 'node:fs';
import { alertWorkloads } from '../../lib/bench/alert-workloads.ts';
import { measureAlerts, runDay, savedPercent } from '../../lib/bench/alerts.ts';
import { verdictOn } from '../../lib/bench/measure.ts';
import { defaultPolicy } from '../../lib/pipeline/alerts/policy.ts';

const workloads = alertWorkloads(1);
const architecture = readFileSync('docs/architecture.md', 'utf8');
const context = {
  projectDir: '',
  workDir: '',
  say: () => undefined,
  signal: new AbortController().signal,
};

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

  it('of seed 1 is what the documents say, and meets its goals', async () => {
    const { figures } = await measureAlerts(context);
    expect(figures.filter((figure) => verdictOn(figure) === 'missed')).toEqual([]);
    for (const { name, alerts } of workloads) {
      const [saved, notices, p50, longest, over] = figures
        .filter((figure) => figure.name.startsWith(`${name}:`))
        .map(({ value, unit }) => (unit === '%' ? `${value.toFixed(1)} %` : value.toFixed(0)));
      const row = [name, alerts.length, notices, saved, `${p50} s`, `${longest} s`, over];
      expect(architecture).toContain(`| ${row.join(' | ')} |`);
    }
  });

  it('of outages saves 60 % of the publishes, whatever the seed', async () => {
    for (const seed of [20, 300, 4_000]) {
      const [workload] = alertWorkloads(seed).filter(({ name }) => name === '3 outages x 80');
      if (workload === undefined) throw new Error('there is no workload of outages');
      const notices = await runDay(workload, defaultPolicy);
      expect(savedPercent(workload, notices)).toBeGreaterThanOrEqual(60);
      expect(notices.at(-1)?.notice.reason).toBe('resolved');
    }
  });
});
