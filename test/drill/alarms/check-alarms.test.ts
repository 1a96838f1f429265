import { readFileSync } from 'node:fs';
import { drillOfAlarm } from '../../../lib/drill/alarms/alarm-drills.ts';
import { alarmProblems, wordsIn } from '../../../lib/drill/alarms/check-alarms.ts';
import { configOf, synthesize } from '../../stacks/synthesize.ts';

const said = 'People wait. Severity: critical. Runbook: docs/runbook.md#waiting';
const waiting = { name: 'relay-local-waiting-low', description: said };

const proof = {
  runbook: '# Runbook\n\n## Waiting\n\n## Dead letters\n',
  drills: new Map([['waiting-low', 'alarm-standstill']]),
};

const problems = (...alarms: { name: string; description: string | null }[]) => alarmProblems(alarms, proof);

describe('an alarm', () => {
  it('with a drill, an impact and a heading is in order', () => {
    expect(problems(waiting)).toEqual([]);
  });

  it.each([
    [null, 'relay-local-waiting-low does not say its impact'],
    [
      'Severity: critical. Runbook: docs/runbook.md#waiting',
      'relay-local-waiting-low does not say its impact',
    ],
    ['People wait. Severity: bad. Runbook: docs/runbook.md#waiting', 'relay-local-waiting-low does not say'],
    [said.replace('#waiting', '#tides'), 'relay-local-waiting-low names "tides", which is no heading'],
  ])('that says %j is a problem', (description, problem) => {
    expect(problems({ ...waiting, description })).toEqual([expect.stringContaining(problem)]);
  });

  it('without a drill is a problem', () => {
    const lonely = { ...waiting, name: 'relay-local-backlog' };
    expect(problems(waiting, lonely)).toEqual([
      expect.stringContaining('no drill drives relay-local-backlog'),
    ]);
  });

  it('that went away leaves a drill without an alarm, which is a problem', () => {
    expect(problems()).toEqual(['a drill drives waiting-low, which is no alarm']);
  });
});

it('the alarms of the stage are in order', () => {
  const { operations, alerts } = synthesize(configOf('local'));
  const alarms = ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm']
    .flatMap((type) =>
      [operations, alerts].flatMap((template) => Object.values(template.findResources(type))),
    )
    .map(({ Properties }) => ({ name: Properties.AlarmName, description: Properties.AlarmDescription }));
  expect(alarms.length).toBeGreaterThan(30);
  const runbook = readFileSync('docs/runbook.md', 'utf8');
  expect(alarmProblems(alarms, { runbook, drills: drillOfAlarm })).toEqual([]);
});

it('a description is read back as it was written', () => {
  expect(wordsIn(said)).toEqual({ impact: 'People wait.', severity: 'critical', runbook: 'waiting' });
});
