import { readFileSync } from 'node:fs';
import { namesRaisedByCode } from '../../lib/pipeline/alerts/alert.ts';
import { defaultPolicy } from '../../lib/pipeline/alerts/policy.ts';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import { aDeclaredAlarm } from './declared-alarm.ts';
import { configOf, synthesize } from './synthesize.ts';

const production = synthesize(configOf('production'));

describe('every alarm', () => {
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading]) =>
    heading?.toLowerCase().replaceAll(' ', '-'),
  );
  const alarms = [production.operations, production.alerts].flatMap((template) =>
    Object.values(template.findResources('AWS::CloudWatch::Alarm')),
  );

  const composites = Object.values(production.operations.findResources('AWS::CloudWatch::CompositeAlarm'));
  const all = [...alarms, ...composites];
  const spoken = all.filter(({ Properties }) => Properties.AlarmActions !== undefined);

  it('says what it means, how bad it is, and names a heading of the runbook, in one form', () => {
    for (const { Properties } of all) {
      const [, impact = '', severity, heading = ''] =
        /^(.+\.) Severity: (\w+)\. Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(Properties.AlarmDescription) ??
        [];
      expect(impact.length).toBeGreaterThan(30);
      expect(['critical', 'warning']).toContain(severity);
      expect(headings).toContain(heading);
      expect(Properties.AlarmName).toMatch(new RegExp(`^relay-production-${heading}`));
    }
  });

  it('speaks when it fires and when it ends, unless it is but a part of another', () => {
    for (const { Properties } of spoken) {
      expect(Properties.AlarmActions).toHaveLength(1);
      expect(Properties.OKActions).toEqual(Properties.AlarmActions);
    }
    const rules = composites.map(({ Properties }) => JSON.stringify(Properties.AlarmRule)).join();
    const silent = Object.entries(production.operations.findResources('AWS::CloudWatch::Alarm'))
      .filter(([, { Properties }]) => Properties.AlarmActions === undefined)
      .map(([id]) => id);
    expect(silent.filter((id) => !rules.includes(id))).toEqual([]);
  });

  it('has its heading in the runbook, and no heading is without an alarm or an alert of code', () => {
    const named = all.map(({ Properties }) => Properties.AlarmDescription.split('#')[1]);
    expect([...new Set([...named, ...namesRaisedByCode])].sort()).toEqual([...headings].sort());
  });

  it('that mutes others, or is muted, is one that people would hear of', () => {
    const told = spoken.map(({ Properties }) => Properties.AlarmDescription.split('#')[1]);
    const heard = new Set([...told, ...namesRaisedByCode]);
    const named = defaultPolicy.inhibitions.flatMap(({ source, targets }) => [source, ...targets]);
    expect(named.filter((name) => !heard.has(name))).toEqual([]);
  });

  it('is paid for as the documents say: by metric, and by composite', () => {
    const readBy = ({ Properties }: (typeof alarms)[number]): number =>
      Properties.Metrics?.filter((query: object) => 'MetricStat' in query).length ?? 1;
    const metrics = alarms.reduce((sum, alarm) => sum + readBy(alarm), 0);
    const dollars = (0.1 * metrics + 0.5 * composites.length).toFixed(2);
    expect(readFileSync('docs/architecture.md', 'utf8')).toContain(
      `${alarms.length} alarms read ${metrics} metrics at $0.10 a month, ${composites.length} composites cost $0.50 each: $${dollars}`,
    );
  });

  it('reads no more metrics than CloudWatch lets the expression of an alarm read', () => {
    for (const { Properties } of alarms) {
      const read = (Properties.Metrics ?? []).filter((query: object) => 'MetricStat' in query);
      expect(read.length).toBeLessThanOrEqual(10);
    }
  });

  it.each([
    ['provider-needs-person', 'every lane', 60, 'any', '1 of 1'],
    ['open-circuits', 'every lane', 300, 'any', '2 of 2'],
    ['delivery-errors', 'every lane', 60, 'any', '3 of 5'],
    ['unpriced-calls', 'every lane', 60, 'more than 10', '3 of 3'],
    ['unknown-prices', 'every lane', 300, 'any', '1 of 1'],
    ['default-answers', 'critical, high', 300, 'more than 4', '1 of 1'],
    ['failed-jobs', 'every lane', 300, 'more than 10', '2 of 3'],
    ['expired-jobs', 'critical, high', 300, 'any', '1 of 1'],
    ['rescued-answers', 'every lane', 300, 'more than 20', '2 of 3'],
    ['spend-rate', 'every lane', 3_600, 'more than 25000000', '1 of 1'],
    ['budgets-exhausted', 'every lane', 300, 'any', '1 of 1'],
    ['ledger-unwritten', 'every lane', 300, 'any', '1 of 1'],
    ['deadline-burn-1h', 'critical, high', 3_600, 'more than 14.4', '1 of 1'],
    ['deadline-burn-5m', 'critical, high', 300, 'more than 14.4', '1 of 1'],
    ['deadline-burn-6h', 'critical, high', 21_600, 'more than 6', '1 of 1'],
    ['deadline-burn-30m', 'critical, high', 1_800, 'more than 6', '1 of 1'],
  ])('of Relay itself, %s, looks at %s for %i s at a time, for %s, in %s', (name, lanes, ...when) => {
    const [alarm] = alarms.filter(({ Properties }) => Properties.AlarmName === `relay-production-${name}`);
    const { Metrics, Threshold, DatapointsToAlarm, EvaluationPeriods } = alarm?.Properties ?? {};
    const read: { Metric: { Dimensions: { Name: string; Value: string }[] }; Period: number }[] =
      Metrics.flatMap(({ MetricStat }: { MetricStat?: object }) => MetricStat ?? []);
    const lanesRead = read.flatMap(({ Metric }) =>
      Metric.Dimensions.filter(({ Name }) => Name === 'Lane').map(({ Value }) => Value),
    );
    const distinct = [...new Set(lanesRead)];
    expect(distinct.length === laneNames.length ? 'every lane' : distinct.join(', ')).toBe(lanes);
    expect(new Set(read.map(({ Period }) => Period))).toEqual(new Set([when[0]]));
    expect([
      Threshold === 0 ? 'any' : `more than ${Threshold}`,
      `${DatapointsToAlarm} of ${EvaluationPeriods}`,
    ]).toEqual(when.slice(1));
  });

  it('of failed jobs compares them with those that ended in an answer, and leaves a handful alone', () => {
    const [alarm] = alarms.filter(
      ({ Properties }) => Properties.AlarmName === 'relay-production-failed-jobs',
    );
    const queries: { Id: string; Expression?: string; MetricStat?: { Metric: { MetricName: string } } }[] =
      alarm?.Properties.Metrics;
    const namesOf = new Map(queries.map(({ Id, MetricStat }) => [Id, MetricStat?.Metric.MetricName]));
    const [expression = ''] = queries.flatMap(({ Expression }) => Expression ?? []);
    const told = expression.replaceAll(/FILL\(([a-z]+\d), 0\)/g, (_, id) => namesOf.get(id) ?? id);
    const failed = 'JobsFailed, JobsFailed, JobsFailed, JobsFailed';
    const succeeded = failed.replaceAll('Failed', 'Succeeded');
    expect(told).toBe(
      `IF(SUM([${failed}]) >= 5, 100 * SUM([${failed}]) / SUM([${failed}, ${succeeded}]), 0)`,
    );
  });
});

describe('what SQS forgets after three receives', () => {
  const seconds = (ms: number) => ({ ApproximateAgeOfOldestMessage: 0, MessageAge: ms });

  it.each([
    ['critical', 150],
    ['high', 450],
    ['medium', 1_800],
    ['low', 10_800],
  ])('is seen in lane %s by the age that workers tell when they receive it', (lane, half) => {
    const alarm = aDeclaredAlarm(production.operations, `relay-production-waiting-${lane}`);
    expect(alarm.minutes(20, seconds(half * 1_000))).toBe('OK');
    expect(alarm.minutes(1, seconds(half * 1_000 + 1_000))).toBe('OK');
    // as long as a job may be deferred before it is received again
    expect(alarm.minutes(Math.min(half, 300) / 60 - 1, { ApproximateAgeOfOldestMessage: 0 })).toBe('OK');
    expect(alarm.minutes(1, seconds(half * 1_000 + 300_000))).toBe('ALARM');
    expect(alarm.minutes(10, { ApproximateAgeOfOldestMessage: 0 })).toBe('OK');
  });

  it('is seen in a lane that nobody works off by SQS itself', () => {
    const alarm = aDeclaredAlarm(production.operations, 'relay-production-waiting-low');
    expect(alarm.minutes(3, { ApproximateAgeOfOldestMessage: 10_801 })).toBe('ALARM');
  });

  it.each([
    ['ledger-repair', production.operations, 15],
    ['group-alerts-waiting', production.alerts, 6],
  ])('is seen by %s in a queue that is not rid of it', (name, template, minutes) => {
    const alarm = aDeclaredAlarm(template, `relay-production-${name}`);
    const empty = { ApproximateNumberOfMessagesVisible: 0, ApproximateNumberOfMessagesNotVisible: 0 };
    const waits = { ...empty, ApproximateNumberOfMessagesVisible: 1 };
    const inHand = { ...empty, ApproximateNumberOfMessagesNotVisible: 1 };
    expect(alarm.minutes(2 * minutes, empty)).toBe('OK');
    expect(alarm.minutes(minutes - 1, inHand)).toBe('OK');
    expect(alarm.minutes(1, empty)).toBe('OK');
    expect(alarm.minutes(minutes - 1, waits)).toBe('OK');
    expect(alarm.minutes(1, inHand)).toBe('ALARM');
    expect(alarm.minutes(1, empty)).toBe('OK');
  });
});

describe('of the accounts', () => {
  const of = (name: string) => aDeclaredAlarm(production.operations, `relay-production-${name}`);
  const A_DAY = 24 * 60;

  it('drift stays until a reconciliation finds none', () => {
    const alarm = of('ledger-drift');
    expect(alarm.minutes(1, { LedgerDrift: 1_000_000 })).toBe('OK');
    expect(alarm.minutes(1, { LedgerDrift: 1_000_001 })).toBe('ALARM');
    expect(alarm.minutes(A_DAY)).toBe('ALARM');
    alarm.minutes(1, { LedgerDrift: 0 });
    expect(alarm.minutes(1)).toBe('OK');
    expect(alarm.minutes(A_DAY)).toBe('OK');
  });

  it('a reconciliation that fails stays until one succeeds; one that its repeat makes good is over with it', () => {
    const alarm = of('reconcile-costs');
    const run = (Errors: number) => ({ Invocations: 1, Errors });
    alarm.minutes(1, run(0));
    expect(alarm.minutes(A_DAY)).toBe('OK');
    expect(alarm.minutes(1, run(1))).toBe('ALARM');
    expect(alarm.minutes(1, run(1))).toBe('ALARM');
    expect(alarm.minutes(A_DAY)).toBe('ALARM');
    expect(alarm.minutes(1, run(1))).toBe('ALARM');
    expect(alarm.minutes(1, run(0))).toBe('OK');
    expect(alarm.minutes(A_DAY)).toBe('OK');
  });

  it('totals that stand still are noticed, whether their function fails or never runs', () => {
    const alarm = of('total-costs');
    const fold = (Errors: number) => {
      alarm.minutes(1, { Invocations: 1, Errors });
      return alarm.minutes(4);
    };
    expect([fold(0), fold(0), fold(1), fold(1), fold(0)]).toEqual(Array(5).fill('OK'));
    expect([fold(1), fold(1), fold(1)].at(-1)).toBe('ALARM');
    expect(fold(0)).toBe('OK');
    expect(alarm.minutes(30)).toBe('ALARM');
  });

  it('one price that is not known is enough', () => {
    expect(of('unknown-prices').minutes(1, { UnknownPrices: 1 })).toBe('ALARM');
  });
});

it('notices that do not go out wake somebody, and one that a second look brings out does not', () => {
  const alarm = aDeclaredAlarm(production.alerts, 'relay-production-group-alerts-unsent');
  expect(alarm.minutes(1, { NoticesUnsent: 3 })).toBe('OK');
  expect(alarm.minutes(3)).toBe('OK');
  expect(alarm.minutes(2, { NoticesUnsent: 1 })).toBe('ALARM');
});

it('the API wakes somebody when more than one of a hundred requests fails, and not for a handful', () => {
  const alarm = aDeclaredAlarm(production.operations, 'relay-production-api-errors');
  const answered = (Count: number, failed: number) => alarm.minutes(1, { Count, '5xx': failed });
  expect(answered(4, 4)).toBe('OK');
  expect(alarm.minutes(10)).toBe('OK');
  expect(answered(500, 5)).toBe('OK');
  expect(alarm.minutes(10)).toBe('OK');
  expect(answered(499, 5)).toBe('ALARM');
  expect(alarm.minutes(10)).toBe('OK');
});

it('functions that die or are refused are seen, the one behind the API too', () => {
  const read = JSON.stringify(production.operations.findResources('AWS::CloudWatch::Alarm'));
  for (const metricName of ['Errors', 'Throttles'])
    expect(read).toContain(
      `"Dimensions":[{"Name":"FunctionName","Value":"relay-production-http-api"}],"MetricName":"${metricName}"`,
    );
});

describe('what a stage promises', () => {
  const { objectives, lanes } = configOf('production');
  const promises: [alarm: string, threshold: number][] = [
    ['failed-jobs', objectives.failedPercent],
    ['rescued-answers', objectives.rescuedPercent],
    ['default-answers', objectives.defaultAnswers],
    ['api-errors', objectives.apiErrorPercent],
    ['deadline-burn-1h', 14.4 * 100 * (1 - objectives.deadlinesMet)],
    ...laneNames.flatMap((lane): [string, number][] => [
      [`waiting-${lane}`, lanes[lane].patienceSeconds * objectives.waitShare],
      [`dead-letters-${lane}`, objectives.deadLetters],
    ]),
  ];

  it.each(promises)('is what %s fires on, as load runs are judged by it', (name, threshold) => {
    const alarms = Object.values(production.operations.findResources('AWS::CloudWatch::Alarm'));
    const alarm = alarms.find(({ Properties }) => Properties.AlarmName === `relay-production-${name}`);
    expect(alarm?.Properties.Threshold).toBeCloseTo(threshold, 6);
  });

  it('is drawn as lines on the dashboard', () => {
    const [dashboard] = Object.values(production.operations.findResources('AWS::CloudWatch::Dashboard'));
    const body = JSON.stringify(dashboard?.Properties.DashboardBody).replaceAll('\\', '');
    const { failedPercent, rescuedPercent, apiErrorPercent, apiLatencyMs, usualWaitSeconds } = objectives;
    const lines = [failedPercent, rescuedPercent, apiErrorPercent, apiLatencyMs, 1].map(
      (value) => `{"label":"promised","value":${value},"yAxis":"left"}`,
    );
    const wait = `{"label":"critical","value":${usualWaitSeconds.critical * 1_000},"yAxis":"left"}`;
    expect([...lines, wait].filter((line) => !body.includes(line))).toEqual([]);
  });
});

it('a stage has one dashboard, which begins with every alarm', () => {
  const [dashboard] = Object.values(production.operations.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  const alarms = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'].flatMap((type) =>
    Object.keys(production.operations.findResources(type)),
  );
  expect(alarms.filter((id) => !body.includes(id))).toEqual([]);
  const places = [
    'Alarms',
    'Deadlines missed',
    'Who waits',
    'How jobs end',
    'Who answers instead',
    'Spent',
  ].map((title) => body.indexOf(title));
  expect(places).toEqual(places.toSorted((one, other) => one - other));
  expect(places).not.toContain(-1);
});
