import { answeredBy, atLeast, describeAnswer, failedWith, keptDeadlines } from '../../lib/drill/findings.ts';
import { type JobRow, jobRow } from '../../lib/drill/rig/job-row.ts';

const row = (changes: Partial<JobRow>): JobRow =>
  jobRow.parse({
    jobId: 'job-1',
    status: 'succeeded',
    lane: 'critical',
    enqueuedAtMs: 1_000,
    deadlineAtMs: 6_000,
    startedAtMs: 1_100,
    endedAtMs: 2_000,
    runsCharged: 1,
    traceId: '0'.repeat(32),
    ...changes,
  });

const byClaude = row({
  answer: { source: 'model', text: 'Coucou !', model: 'claude', provider: 'anthropic' },
});
const attempt = {
  model: 'gpt-5',
  provider: 'openai',
  modelId: 'gpt-5',
  startedAtMs: 1_200,
  costMicroUsd: 0,
  durationMs: 100,
};

describe('a finding about who answered', () => {
  it('holds for that model at that provider', () => {
    expect(answeredBy('the job', byClaude, 'claude')).toMatchObject({ holds: true });
    expect(answeredBy('the job', byClaude, 'claude', 'anthropic')).toMatchObject({ holds: true });
  });

  it.each([
    ['another model', answeredBy('the job', byClaude, 'gpt-5')],
    ['another provider', answeredBy('the job', byClaude, 'claude', 'openai')],
    [
      'an answer that the same model gave before',
      answeredBy(
        'the job',
        row({ answer: { source: 'cache', text: 'Coucou !', model: 'claude' } }),
        'claude',
      ),
    ],
    ['a job that failed', answeredBy('the job', row({ status: 'failed', reason: 'refused' }), 'claude')],
  ])('does not hold for %s', (_what, finding) => {
    expect(finding).toMatchObject({ holds: false });
  });
});

it('a job without an answer is told by its reason', () => {
  expect(describeAnswer(row({ status: 'failed', reason: 'refused' }))).toBe('failed, refused');
});

it('the calls that failed are compared in order, without the one that answered', () => {
  const tried = row({
    attempts: [
      { ...attempt, outcome: 'transient', code: 'silent' },
      { ...attempt, outcome: 'answer' },
    ],
  });
  expect(failedWith('calls', tried, ['silent'])).toMatchObject({ holds: true });
  expect(failedWith('calls', tried, [])).toMatchObject({ holds: false });
});

describe('a finding about deadlines', () => {
  it.each([
    ['250 ms past its deadline', 6_250, true],
    ['more than that', 6_251, false],
  ])('a job that ended %s', (_what, endedAtMs, holds) => {
    expect(keptDeadlines([row({}), row({ endedAtMs })])).toMatchObject({ holds });
  });

  it('does not hold for a job without an end', () => {
    const { endedAtMs: _endedAtMs, ...endless } = row({});
    expect(keptDeadlines([endless])).toMatchObject({ holds: false });
  });
});

it('a bound that must be reached is not reached by what could not be measured', () => {
  expect(atLeast('the pause', 2_000, 2_000, 'ms')).toMatchObject({ holds: true });
  expect(atLeast('the pause', 1_999, 2_000, 'ms')).toMatchObject({ holds: false });
  expect(atLeast('the pause', Number.NaN, 2_000, 'ms')).toMatchObject({ holds: false });
});
