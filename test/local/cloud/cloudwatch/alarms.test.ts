import type { AlarmSpec, MetricAlarm } from '../../../../lib/local/cloud/cloudwatch/alarm.ts';
import { alarmMessage } from '../../../../lib/local/cloud/cloudwatch/alarm-message.ts';
import { type AlarmChange, createAlarms } from '../../../../lib/local/cloud/cloudwatch/alarms.ts';
import { parseCompositeRule } from '../../../../lib/local/cloud/cloudwatch/composite-rule.ts';
import { createMetricStore } from '../../../../lib/local/cloud/cloudwatch/metric-store.ts';

const MINUTE = 60_000;
const id = (name: string) => ({ namespace: 'N', name, dimensions: {} });
const named = (name: string) => ({
  name,
  arn: `arn:aws:cloudwatch:eu-west-3:000000000000:alarm:${name}`,
  description: null,
  actions: { ALARM: ['topic'], OK: ['topic'], INSUFFICIENT_DATA: [] },
});

const alarmOn = (metricName: string, changes: Partial<MetricAlarm> = {}): MetricAlarm => ({
  ...named(metricName),
  kind: 'metric',
  queries: [
    { kind: 'metric', id: 'm1', periodMs: MINUTE, metric: id(metricName), statistic: { kind: 'Sum' } },
  ],
  watched: 'm1',
  periodMs: MINUTE,
  comparison: 'GreaterThanThreshold',
  threshold: 0,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  missingData: 'notBreaching',
  trigger: {},
  ...changes,
});

const composite = (name: string, rule: string): AlarmSpec => ({
  ...named(name),
  kind: 'composite',
  ruleText: rule,
  rule: parseCompositeRule(rule),
});

/** A minute after the other: the values that metrics have in it, and the changes that it brings. */
const driven = (specs: readonly AlarmSpec[]) => {
  const store = createMetricStore();
  const changes: AlarmChange[] = [];
  const alarms = createAlarms({ specs, store, onChange: (change) => void changes.push(change) }, 0);
  let nowMs = 0;
  return {
    alarms,
    minute: (values: Record<string, number> = {}) => {
      for (const [name, value] of Object.entries(values)) store.put(id(name), [{ value, count: 1 }], nowMs);
      nowMs += MINUTE;
      alarms.evaluate(nowMs);
      return changes.splice(0).map(({ alarm, from, to }) => `${alarm.name}: ${from} -> ${to}`);
    },
  };
};

describe('a metric alarm', () => {
  it('begins without data, and speaks of changes only', () => {
    const { minute, alarms } = driven([alarmOn('errors')]);
    expect(alarms.list()[0]).toMatchObject({ state: 'INSUFFICIENT_DATA' });
    expect(minute()).toEqual(['errors: INSUFFICIENT_DATA -> OK']);
    expect(minute()).toEqual([]);
    expect(minute({ errors: 1 })).toEqual(['errors: OK -> ALARM']);
    expect(alarms.list()[0]).toMatchObject({ state: 'ALARM', sinceMs: 3 * MINUTE });
    expect(minute({ errors: 1 })).toEqual([]);
  });

  it('looks at periods that slide from minute to minute', () => {
    const period = 5 * MINUTE;
    const queries = [
      { kind: 'metric', id: 'm1', periodMs: period, metric: id('slow'), statistic: { kind: 'Sum' } } as const,
    ];
    const { minute } = driven([alarmOn('slow', { queries, periodMs: period, threshold: 2 })]);
    minute({ slow: 2 });
    expect(minute()).toEqual([]);
    expect(minute({ slow: 1 })).toEqual(['slow: OK -> ALARM']);
  });

  it('lets data that is there count before gaps, so that it ends two periods after the last bad one', () => {
    const { minute } = driven([alarmOn('errors')]);
    expect(minute({ errors: 1 })).toEqual(['errors: INSUFFICIENT_DATA -> ALARM']);
    expect([minute(), minute(), minute()]).toEqual([[], [], ['errors: ALARM -> OK']]);
  });

  it('compares in the way that it says', () => {
    const states = (
      ['LessThanThreshold', 'LessThanOrEqualToThreshold', 'GreaterThanOrEqualToThreshold'] as const
    ).map((comparison) => {
      const { minute, alarms } = driven([alarmOn('days', { comparison, threshold: 7 })]);
      minute({ days: 7 });
      return alarms.list()[0]?.state;
    });
    expect(states).toEqual(['OK', 'ALARM', 'ALARM']);
  });
});

describe('a composite alarm', () => {
  it('follows its parts in the same minute, wherever it stands', () => {
    const down = composite('down', 'ALARM("skips") AND (ALARM("defaults") OR NOT OK("defaults"))');
    const { minute } = driven([down, alarmOn('skips'), alarmOn('defaults')]);
    minute();
    expect(minute({ skips: 1 })).toEqual(['skips: OK -> ALARM']);
    expect(minute({ skips: 1, defaults: 1 })).toEqual(['defaults: OK -> ALARM', 'down: OK -> ALARM']);
    expect(minute({ skips: 0 })).toEqual(['skips: ALARM -> OK', 'down: ALARM -> OK']);
  });

  it('names its parts by ARN, too', () => {
    const rule = parseCompositeRule('ALARM("arn:aws:cloudwatch:eu-west-3:1:alarm:skips") OR FALSE');
    expect(rule).toMatchObject({ left: { alarm: 'skips' } });
  });

  it.each([
    ['ALARM(', 'an alarm must be named'],
    ['FIRING("a")', 'ALARM, OK or INSUFFICIENT_DATA is missing before "FIRING"'],
    ['ALARM("a") OK("b")', '"OK" is one word too many'],
  ])('%s is refused with a sentence', (rule, sentence) => {
    expect(() => parseCompositeRule(rule)).toThrow(sentence);
  });

  it('that names no declared alarm, or itself, is refused', () => {
    expect(() => driven([composite('a', 'ALARM("b")')])).toThrow(
      'a names the alarm "b", which is not declared',
    );
    expect(() => driven([composite('a', 'ALARM("b")'), composite('b', 'OK("a")')])).toThrow(
      'name each other',
    );
  });
});

it('a message is the one that CloudWatch sends', () => {
  const change = { alarm: alarmOn('errors'), from: 'OK', to: 'ALARM', reason: 'Threshold Crossed' } as const;
  const { subject, message } = alarmMessage({
    change: { ...change, atMs: MINUTE },
    wallMs: 0,
    region: 'eu-west-3',
  });
  expect(subject).toBe('ALARM: "errors" in eu-west-3');
  expect(JSON.parse(message)).toEqual({
    AlarmName: 'errors',
    AlarmDescription: null,
    AWSAccountId: '000000000000',
    AlarmConfigurationUpdatedTimestamp: '1970-01-01T00:00:00.000+0000',
    NewStateValue: 'ALARM',
    NewStateReason: 'Threshold Crossed',
    StateChangeTime: '1970-01-01T00:00:00.000+0000',
    Region: 'eu-west-3',
    AlarmArn: 'arn:aws:cloudwatch:eu-west-3:000000000000:alarm:errors',
    OldStateValue: 'OK',
    OKActions: ['topic'],
    AlarmActions: ['topic'],
    InsufficientDataActions: [],
    Trigger: {},
  });
});
