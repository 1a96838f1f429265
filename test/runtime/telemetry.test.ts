import type { Outcome } from '../../lib/pipeline/dispatch/process-job.ts';
import type { Attempt } from '../../lib/pipeline/job/job.ts';
import { metric } from '../../lib/pipeline/metric.ts';
import type { Unpriced } from '../../lib/pipeline/money/price.ts';
import type { Telemetry } from '../../lib/runtime/telemetry.ts';
import { aJob } from '../builders.ts';
import { type Line, printed } from './printed-lines.ts';
import { aRecord } from './sqs-record.ts';

/** Stands for anything that only the persons concerned may read. */
const CANARY = 'canary-5e1f';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const MESSAGE_ID = '8e1f7a52-0a3c-4c62-9f3e-0d8f4d1f5b11';

beforeAll(() => {
  delete process.env.POWERTOOLS_DEV;
});

const attempt: Attempt = {
  callId: '00f067aa0ba902b7',
  model: 'gpt-5-nano',
  provider: 'openai',
  modelId: 'gpt-5-nano',
  startedAtMs: 5_000,
  durationMs: 1_200,
  firstEventMs: 300,
  outcome: 'answer',
  usage: {
    inputTokens: 100,
    cachedInputTokens: 40,
    cacheWriteTokens: 0,
    outputTokens: 20,
    reasoningTokens: 5,
  },
  servedTier: 'default',
  costMicroUsd: 13,
};

const succeeded: Outcome = {
  kind: 'ended',
  endedAtMs: 6_200,
  ending: {
    status: 'succeeded',
    answer: {
      source: 'model',
      text: CANARY,
      aiGenerated: true,
      model: 'gpt-5-nano',
      provider: 'openai',
      modelId: 'gpt-5-nano',
      generatedAtMs: 6_200,
    },
  },
  attempts: [attempt],
  skips: [],
};
const failed: Outcome = {
  kind: 'ended',
  endedAtMs: 6_200,
  ending: { status: 'failed', reason: 'money' },
  attempts: [
    { ...attempt, outcome: 'money', code: 'credit-exhausted', costMicroUsd: 0, unpriced: 'usage-unknown' },
  ],
  skips: [],
};
const unaffordable: Outcome = {
  kind: 'ended',
  endedAtMs: 6_200,
  ending: { status: 'failed', reason: 'budget-exhausted' },
  attempts: [],
  skips: [{ rung: 'gpt-5-nano', provider: 'openai', atMs: 5_000, reason: 'budget-exhausted' }],
};
const expired: Outcome = {
  kind: 'ended',
  endedAtMs: 6_200,
  ending: { status: 'expired', reason: 'deadline-passed' },
  attempts: [],
  skips: [],
};
const erased: Outcome = {
  kind: 'ended',
  endedAtMs: 6_200,
  ending: { status: 'canceled', reason: 'erased' },
  attempts: [],
  skips: [],
};
const deferred: Outcome = {
  kind: 'deferred',
  reason: 'quota',
  delayMs: 2_000,
  attempts: [attempt],
  skips: [],
};
const cutOff: Attempt = {
  ...attempt,
  outcome: 'transient',
  code: 'silent',
  limits: { firstEventMs: 2_500, betweenEventsMs: 15_000, totalMs: 15_000, basis: { kind: 'configured' } },
};
const skip = { rung: 'gpt-5-nano', provider: 'openai', reason: 'circuit-open', atMs: 5_000 } as const;
const rescued = {
  kind: 'ended',
  endedAtMs: 6_200,
  ending: {
    status: 'succeeded',
    answer: {
      source: 'model',
      text: CANARY,
      aiGenerated: true,
      model: 'claude',
      provider: 'anthropic',
      modelId: 'claude-haiku-5-5',
      generatedAtMs: 6_200,
    },
  },
  attempts: [cutOff, { ...attempt, model: 'claude' }],
  skips: [skip],
} as const satisfies Outcome;
const cached: Outcome = {
  ...rescued,
  ending: { status: 'succeeded', answer: { ...rescued.ending.answer, source: 'cache' } },
};
const defaulted: Outcome = {
  ...rescued,
  ending: { status: 'succeeded', answer: { source: 'default', text: CANARY, aiGenerated: false } },
};
const duplicate: Outcome = { kind: 'duplicate', end: { status: 'succeeded' } };
const strange: Outcome = {
  ...succeeded,
  attempts: [{ ...attempt, servedTier: 'unknown', unpriced: 'unknown-tier' }],
};
const outcomes: Outcome[] = [
  succeeded,
  strange,
  rescued,
  cached,
  defaulted,
  failed,
  unaffordable,
  expired,
  erased,
  deferred,
  duplicate,
];

/** A job whose every word is its producer's. */
const job = aJob({
  jobId: CANARY,
  enqueuedAtMs: 1_000,
  trace: { traceId: TRACE_ID, traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`, correlationId: CANARY },
  message: {
    jobId: CANARY,
    tenantId: CANARY,
    creatorId: CANARY,
    subjectRefs: [CANARY],
    idempotencyKey: CANARY,
    input: { instructions: CANARY, messages: [{ role: 'user', content: CANARY }] },
    metadata: { [CANARY]: CANARY },
  },
});

const record = aRecord({
  messageId: MESSAGE_ID,
  body: CANARY,
  attributes: { correlationId: CANARY, traceparent: CANARY },
});
const rejection = { reason: 'not-json', detail: 'the message is not a JSON document' } as const;

const tellEverything = (telemetry: Telemetry) => {
  telemetry.received([record], 4_000);
  for (const outcome of outcomes) telemetry.outcome(job, record, outcome, 4_000);
  telemetry.rejected(record, rejection);
  telemetry.deliveryError(record, new Error(CANARY));
  telemetry.alertFault(new Error(CANARY));
  telemetry.booked({ kind: 'to-repair', count: 2 });
  telemetry.booked({ kind: 'lost', count: 1, error: new Error(CANARY) });
  telemetry.returnsRefused(3);
  telemetry.budgetWarning();
};

describe('the metrics of a batch', () => {
  const emfOf = (tell: (telemetry: Telemetry) => void): Line[] =>
    printed((telemetry) => {
      tell(telemetry);
      telemetry.flush();
    }).filter((line) => '_aws' in line);

  it('are one line in the Embedded Metric Format, with the dimensions that the alarms look for', () => {
    expect(emfOf(tellEverything)).toEqual([
      expect.objectContaining({
        service: 'process-job',
        Lane: 'low',
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            { Namespace: 'Relay/test', Dimensions: [['service', 'Lane']], Metrics: expect.any(Array) },
          ],
        },
      }),
    ]);
  });

  it('are all that there are, and no others, under the names that alarms and documents use', () => {
    const [line = {}] = emfOf(tellEverything);
    const { _aws, service, Lane, ...values } = line;
    expect(Object.keys(values).sort()).toEqual(Object.values(metric).sort());
  });

  it('tell the age of the oldest message that has come, however often', () => {
    const records = [aRecord({ sentAtMs: 9_000 }), aRecord({ sentAtMs: 1_000, receives: 7 })];
    const [line] = emfOf((telemetry) => telemetry.received(records, 10_000));
    expect(line).toMatchObject({ [metric.messageAge]: 9_000 });
  });

  it('tell prices that are not known from usage that is not', () => {
    const told = (unpriced: Unpriced) => {
      const [line = {}] = emfOf((telemetry) =>
        telemetry.outcome(job, record, { ...succeeded, attempts: [{ ...attempt, unpriced }] }, 4_000),
      );
      return [line[metric.unpricedCalls], line[metric.unknownPrices]];
    };
    expect(told('usage-unknown')).toEqual([1, undefined]);
    expect([told('unknown-tier'), told('no-price-list')]).toEqual([
      [undefined, 1],
      [undefined, 1],
    ]);
  });

  it('say how long things took in milliseconds, and count the rest', () => {
    const [line] = emfOf((telemetry) => telemetry.outcome(job, record, succeeded, 4_000));
    expect(line).toMatchObject({
      [metric.jobsSucceeded]: 1,
      [metric.queueWait]: 3_000,
      [metric.modelLatency]: 1_200,
      [metric.inputTokens]: 100,
      [metric.outputTokens]: 20,
      [metric.costMicroUsd]: 13,
    });
    expect(JSON.stringify(line?._aws)).toMatch(
      /"QueueWait","Unit":"Milliseconds".+"CostMicroUsd","Unit":"Count"/,
    );
  });

  it.each<[string, Outcome, string]>([
    ['succeeded', succeeded, metric.jobsSucceeded],
    ['failed', failed, metric.jobsFailed],
    ['expired', expired, metric.jobsExpired],
    ['erased', erased, metric.jobsErased],
    ['went back to its lane', deferred, metric.jobsDeferred],
    ['was a duplicate', duplicate, metric.duplicates],
  ])('count a job that %s as that and nothing else', (_what, outcome, name) => {
    const [line = {}] = emfOf((telemetry) => telemetry.outcome(job, record, outcome, 4_000));
    expect(Object.keys(line).filter((key) => /^(Jobs|Duplicate)/.test(key))).toEqual([name]);
  });

  it.each([
    ['another model than the one asked for', rescued, metric.rescuedAnswers],
    ['the cache', cached, metric.cachedAnswers],
    ['nobody', defaulted, metric.defaultAnswers],
  ])('count an answer of %s', (_what, outcome, name) => {
    const [line = {}] = emfOf((telemetry) => telemetry.outcome(job, record, outcome, 4_000));
    expect(Object.keys(line).filter((key) => key.endsWith('Answers'))).toEqual([name]);
    expect(line).toMatchObject({ [metric.callsCutOff]: 1, [metric.circuitSkips]: 1 });
  });

  it('add up what several jobs brought', () => {
    const [line] = emfOf((telemetry) => {
      telemetry.outcome(job, record, succeeded, 4_000);
      telemetry.outcome(job, record, succeeded, 5_000);
      telemetry.returnsRefused(3);
    });
    expect(line).toMatchObject({
      [metric.jobsSucceeded]: [1, 1],
      [metric.queueWait]: [3_000, 4_000],
      [metric.deliveryErrors]: 3,
    });
  });

  it('do not hold the wait of a job that has waited before: it would be counted twice', () => {
    const [line = {}] = emfOf((telemetry) =>
      telemetry.outcome(job, aRecord({ receives: 2 }), succeeded, 4_000),
    );
    expect(Object.keys(line)).toContain(metric.jobsSucceeded);
    expect(Object.keys(line)).not.toContain(metric.queueWait);
  });

  it('hold no wait below nothing when the clocks of SQS and Lambda differ', () => {
    const [line] = emfOf((telemetry) => telemetry.outcome(job, record, succeeded, 900));
    expect(line).toMatchObject({ [metric.queueWait]: 0 });
  });

  it('call a person for a provider that is out of money, or set up wrongly', () => {
    const misconfigured = { ...failed, attempts: [{ ...attempt, outcome: 'misconfigured' as const }] };
    for (const outcome of [failed, misconfigured]) {
      const [line] = emfOf((telemetry) => telemetry.outcome(job, record, outcome, 4_000));
      expect(line).toMatchObject({ [metric.providerNeedsPerson]: 1 });
    }
    const [line = {}] = emfOf((telemetry) => telemetry.outcome(job, record, succeeded, 4_000));
    expect(Object.keys(line)).not.toContain(metric.providerNeedsPerson);
  });

  it('count the jobs that their tenants could not pay for, and the warnings before', () => {
    const [line] = emfOf((telemetry) => {
      telemetry.outcome(job, record, unaffordable, 4_000);
      telemetry.budgetWarning();
    });
    expect(line).toMatchObject({ [metric.budgetsExhausted]: 1, [metric.budgetWarnings]: 1 });
  });

  it('start from nothing with the next batch', () => {
    const lines = printed((telemetry) => {
      telemetry.outcome(job, record, succeeded, 4_000);
      telemetry.flush();
      telemetry.outcome(job, record, duplicate, 4_000);
      telemetry.flush();
    }).filter((line) => '_aws' in line);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ [metric.duplicates]: 1, Lane: 'low', service: 'process-job' });
    expect(Object.keys(lines[1] ?? {})).not.toContain(metric.jobsSucceeded);
  });
});

describe('a log line', () => {
  it('of a job says what came of it and what its calls cost', () => {
    const [line] = printed((telemetry) => telemetry.outcome(job, record, failed, 4_000));
    expect(line).toMatchObject({
      level: 'INFO',
      message: 'job ended',
      lane: 'low',
      messageId: MESSAGE_ID,
      traceId: TRACE_ID,
      receives: 1,
      model: 'gpt-5-nano',
      status: 'failed',
      reason: 'money',
      calls: [{ provider: 'openai', code: 'credit-exhausted', durationMs: 1_200, inputTokens: 100 }],
    });
  });

  it('holds no other id of the delivery than SQS’s message id and the trace id, and no word of its producer', () => {
    const lines = printed((telemetry) => {
      tellEverything(telemetry);
      telemetry.flush();
    });
    expect(lines).toHaveLength(outcomes.length + 8);
    expect(JSON.stringify(lines)).not.toContain(CANARY);
    const known =
      /^(level|message|timestamp|service|sampling_rate|lane|messageId|traceId|receives|model|status|reason|calls|source|passedOver|delayMs|detail|error|at|refused|kind|count)$/;
    const logged = lines.filter((line) => !('_aws' in line));
    expect(logged.flatMap(Object.keys).filter((key) => !known.test(key))).toEqual([]);
  });

  it('says nothing of returns when none was refused', () => {
    expect(printed((telemetry) => telemetry.returnsRefused(0))).toEqual([]);
  });

  it('of a rejection names its reason', () => {
    const [line] = printed((telemetry) => telemetry.rejected(record, rejection));
    expect(line).toMatchObject({ level: 'WARN', messageId: MESSAGE_ID, ...rejection });
  });
});

describe('an error', () => {
  it('says of which job it is, and when that comes back', () => {
    const back = { traceId: TRACE_ID, delayMs: 5_000 };
    const [line] = printed((telemetry) => telemetry.deliveryError(record, new Error('down'), back));
    expect(line).toMatchObject({ message: 'delivery failed', messageId: MESSAGE_ID, ...back });
  });

  const lineOf = (error: unknown): Line => {
    const [line = {}] = printed((telemetry) => telemetry.deliveryError(record, error));
    return line;
  };

  const parseError = (): unknown => {
    try {
      return JSON.parse(`${CANARY} is no JSON`);
    } catch (error) {
      return error;
    }
  };

  /** A stack is put into words when it is first read, and keeps the message that the error had then. */
  const reworded = (before: string, after: string): Error => {
    const error = new Error(before);
    expect(error.stack).toContain(before);
    error.message = after;
    return error;
  };

  it('is told by its name and its places', () => {
    expect(lineOf(new RangeError('out of it'))).toMatchObject({
      level: 'ERROR',
      message: 'delivery failed',
      messageId: MESSAGE_ID,
      error: 'RangeError',
      at: expect.arrayContaining([expect.stringContaining('telemetry.test.ts')]),
    });
  });

  const place = `\n    at ${CANARY}`;
  const numberedPlace = `\n    at ${CANARY} (${CANARY}.ts:1:1)`;

  it.each<[string, unknown]>([
    ['that quotes what it choked on', parseError()],
    ['of several lines', new Error(`a\n${CANARY}\n${CANARY}`)],
    ['with a line that looks like a place', new Error(`it broke${place}`)],
    ['with a line that looks like a place with its number', new Error(`it broke${numberedPlace}`)],
    [
      'that was lengthened later',
      reworded(`it broke${numberedPlace}`, `it broke${numberedPlace}\n  Hint: look`),
    ],
    ['that was shortened later', reworded(`it broke${place}`, 'it broke')],
    ['that was emptied later', reworded(`it broke${numberedPlace}`, '')],
    ['that was replaced later', reworded(`it broke${numberedPlace}`, 'it')],
    ['that is empty', Object.assign(new Error(''), { note: CANARY })],
    ['without a stack', Object.assign(new Error(CANARY), { stack: undefined })],
    ['whose stack is something else', Object.assign(new Error('it broke'), { stack: `${CANARY}${place}` })],
    ['with a cause', new Error('it broke', { cause: new Error(CANARY) })],
    ['with several', new AggregateError([new Error(CANARY)], CANARY)],
    ['that is a text', CANARY],
    ['that is an object', { name: CANARY, message: CANARY, stack: place }],
    ['that is nothing', undefined],
  ])('%s is told without its message', (_what, error) => {
    const line = lineOf(error);
    expect(line).toMatchObject({ message: 'delivery failed', error: expect.any(String) });
    expect(JSON.stringify(line)).not.toContain(CANARY);
  });
});
