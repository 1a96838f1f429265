import { alarmDescription, readAlarmDescription } from '../../../lib/pipeline/alerts/alarm-description.ts';
import { readAlertMessage } from '../../../lib/pipeline/alerts/alert-message.ts';
import { alertBody, flushBody } from '../../../lib/pipeline/alerts/message-body.ts';
import { anAlert } from './timeline.ts';

const SENT_AT_MS = Date.UTC(2026, 10, 26, 4, 10, 10);

/** As CloudWatch publishes it and SNS wraps it. */
const alarm = (changes: Record<string, unknown> = {}): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: '5b5d1f0e-8b3a-5d2e-9f1c-4a6f0a7c1e11',
    TopicArn: 'arn:aws:sns:eu-west-1:000000000000:relay-production-alarms',
    Subject: 'ALARM: "relay-production-waiting-low" in EU (Ireland)',
    Message: JSON.stringify({
      AlarmName: 'relay-production-waiting-low',
      AlarmDescription: alarmDescription({ impact: 'Jobs wait.', severity: 'warning', runbook: 'waiting' }),
      AWSAccountId: '000000000000',
      NewStateValue: 'ALARM',
      NewStateReason: 'Threshold Crossed: 2 datapoints were greater than the threshold (10800.0).',
      StateChangeTime: '2026-11-26T04:10:09.123+0000',
      Region: 'EU (Ireland)',
      OldStateValue: 'OK',
      Trigger: { MetricName: 'ApproximateAgeOfOldestMessage' },
      ...changes,
    }),
    Timestamp: '2026-11-26T04:10:09.200Z',
  });

describe('a message of the alerts queue', () => {
  it('that CloudWatch sent is an alert of its runbook heading, of its lane, at its time', () => {
    expect(readAlertMessage(alarm(), SENT_AT_MS)).toEqual({
      kind: 'alert',
      alert: anAlert({ atMs: Date.UTC(2026, 10, 26, 4, 10, 9, 123) }),
    });
    expect(readAlertMessage(alarm({ NewStateValue: 'OK' }), SENT_AT_MS)).toMatchObject({
      alert: { state: 'resolved' },
    });
  });

  it('is of the moment of its sending when its clock was ahead: it may not outweigh what comes later', () => {
    const ahead = anAlert({ atMs: SENT_AT_MS + 120_000 });
    expect(readAlertMessage(alertBody(ahead), SENT_AT_MS)).toEqual({
      kind: 'alert',
      alert: { ...ahead, atMs: SENT_AT_MS },
    });
    expect(readAlertMessage(alertBody({ ...ahead, atMs: 9e15 }), SENT_AT_MS)).toMatchObject({
      kind: 'rejected',
    });
  });

  it('has no lane when its alarm has none, whatever its heading sounds like', () => {
    const AlarmDescription = alarmDescription({ impact: 'x', severity: 'critical', runbook: 'too-low' });
    expect(
      readAlertMessage(alarm({ AlarmName: 'relay-production-too-low', AlarmDescription }), SENT_AT_MS),
    ).toMatchObject({ alert: { name: 'too-low', severity: 'critical', labels: {} } });
  });

  it('tells one of several alarms of a heading and severity from the others', () => {
    const AlarmDescription = alarmDescription({
      impact: 'x',
      severity: 'warning',
      runbook: 'model-shutdown',
    });
    const labelsOf = (AlarmName: string) =>
      readAlertMessage(alarm({ AlarmName, AlarmDescription }), SENT_AT_MS);
    for (const days of [60, 30])
      expect(labelsOf(`relay-production-model-shutdown-${days}-days`)).toMatchObject({
        alert: { name: 'model-shutdown', labels: { alarm: `${days}-days` } },
      });
  });

  it('that says that CloudWatch lacks data is no alert', () => {
    expect(readAlertMessage(alarm({ NewStateValue: 'INSUFFICIENT_DATA' }), SENT_AT_MS)).toEqual({
      kind: 'none',
    });
  });

  it('without a readable time is of when it was sent', () => {
    expect(readAlertMessage(alarm({ StateChangeTime: 'now' }), SENT_AT_MS)).toMatchObject({
      alert: { atMs: SENT_AT_MS },
    });
  });

  it('of our own comes back as it was written', () => {
    const alert = anAlert({ labels: { provider: 'openai', model: 'gpt-5-2025-08-07' }, endsAtMs: 9 });
    expect(readAlertMessage(alertBody(alert), SENT_AT_MS)).toEqual({ kind: 'alert', alert });
    const flush = { name: 'waiting/warning/', dueAtMs: 31_000 };
    expect(readAlertMessage(flushBody(flush), SENT_AT_MS)).toEqual({ kind: 'flush', flush });
  });

  it.each([
    ['not-json', 'hello'],
    ['unknown-form', '{}'],
    ['unknown-form', JSON.stringify({ kind: 'alert', alert: { ...anAlert(), labels: { jobId: 'j1' } } })],
    ['unknown-form', JSON.stringify({ kind: 'alert', alert: { ...anAlert(), labels: { lane: 'a b' } } })],
    ['unknown-form', JSON.stringify({ kind: 'alert', alert: anAlert(), note: 'x' })],
    ['unknown-form', JSON.stringify({ Type: 'Notification', Message: 'hello' })],
    ['unknown-alarm', alarm({ AlarmDescription: 'an alarm of somebody else' })],
    ['unknown-alarm', alarm({ AlarmDescription: null })],
  ])('is rejected as %s: %s', (reason, body) => {
    expect(readAlertMessage(body, SENT_AT_MS)).toEqual({ kind: 'rejected', reason });
  });
});

it('an alarm says its impact, its severity and its heading in one text, and they are read from it', () => {
  const said = { impact: 'Jobs wait. People too.', severity: 'critical', runbook: 'waiting' } as const;
  expect(readAlarmDescription(alarmDescription(said))).toEqual(said);
});
