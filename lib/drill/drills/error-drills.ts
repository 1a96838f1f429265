import { setTimeout } from 'node:timers/promises';
import { metric } from '../../pipeline/metric.ts';
import type { ModelName } from '../../pipeline/model/model.ts';
import { type Drill, type DrillContext, equal, type Finding } from '../drill.ts';
import { answeredBy, atLeast, describeAnswer, failedWith } from '../findings.ts';
import { startDefault, startWithAzure } from '../rig/default-deployment.ts';
import { fleetCircuits } from '../rig/fleet-circuits.ts';
import type { JobRow } from '../rig/job-row.ts';
import { watchForLine } from '../rig/line-watch.ts';
import type { Rig } from '../rig/rig.ts';
import { callsOf, deadlineIn, runJob, runJobs, runStruckJob } from '../rig/run-jobs.ts';
import { isOf, offersAt, strikeModels, strikeProviders } from '../rig/strike.ts';

const status = (code: number, name: string, retryAfter?: number) => ({
  kind: 'status',
  status: code,
  code: name,
  ...(retryAfter !== undefined && { retryAfter }),
});

const throttle = (retryAfterSeconds: number) => status(429, 'rate_limit_exceeded', retryAfterSeconds);
const serverError = status(500, 'server_error');

const ofModel = async (rig: Rig, row: JobRow, model: ModelName) =>
  (await callsOf(rig, row)).filter((call) => isOf([model], call.model));

const SHORT_WAIT_SECONDS = 2;

/** A worker waits for 5 s at most. */
const LONG_WAIT_SECONDS = 60;

/** A worker would wait that long; a job that has 9 s, and two models to fall back on, would not. */
const UNFIT_WAIT_SECONDS = 4;

const throttled = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startDefault(context);
  await rig.modelFaults([
    ...strikeModels(['gpt-5-nano'], throttle(SHORT_WAIT_SECONDS), { times: 1 }),
    ...strikeModels(['gpt-5-mini'], throttle(LONG_WAIT_SECONDS)),
    ...strikeModels(['gpt-5'], throttle(UNFIT_WAIT_SECONDS), { times: 1 }),
  ]);
  const [obeyed, goneOn, hurried] = await runJobs(rig, [
    { model: 'gpt-5-nano' },
    { model: 'gpt-5-mini' },
    { model: 'gpt-5', ...deadlineIn(9_000) },
  ]);
  if (!obeyed || !goneOn || !hurried) throw new Error('three jobs were sent');
  const [first, second] = await ofModel(rig, obeyed, 'gpt-5-nano');
  const pauseMs =
    second && first?.endedAtMs !== undefined ? second.startedAtMs - first.endedAtMs : Number.NaN;
  const later = await runJob(rig, { model: 'gpt-5-mini' });
  return [
    answeredBy('Retry-After of 2 s', obeyed, 'gpt-5-nano'),
    atLeast('the pause, as the model saw it', pauseMs, SHORT_WAIT_SECONDS * 1000, 'ms'),
    answeredBy('Retry-After of 60 s', goneOn, 'claude'),
    equal('calls of the model that asked for it', (await ofModel(rig, goneOn, 'gpt-5-mini')).length, 1),
    equal('calls of it by the next job', (await ofModel(rig, later, 'gpt-5-mini')).length, 0),
    equal(
      'Retry-After of 4 s before a near deadline: calls',
      (await ofModel(rig, hurried, 'gpt-5')).length,
      1,
    ),
    equal('what answers then', hurried.answer?.source, 'model'),
  ];
};

/** Between the calls of one offer: the pauses before its retries, in ms. */
const pausesIn = ({ attempts }: JobRow): number[] =>
  attempts.flatMap((attempt, index) => {
    const before = attempts[index - 1];
    if (before?.modelId !== attempt.modelId || before.provider !== attempt.provider) return [];
    return [attempt.startedAtMs - before.startedAtMs - before.durationMs];
  });

/** No model fails five times in a row, so every circuit stays closed. */
const serverErrors = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startDefault(context);
  const stumbled = await runStruckJob(rig, strikeModels(['gpt-5-nano'], serverError, { times: 1 }), {
    model: 'gpt-5-nano',
  });
  const broken = await runStruckJob(rig, strikeModels(['claude'], { kind: 'failed' }, { times: 1 }), {
    model: 'claude',
  });
  await rig.modelFaults(strikeProviders(['openai'], serverError));
  const rows = await runJobs(rig, [{ model: 'gpt-5' }, { model: 'gpt-5-nano' }, { model: 'gpt-5-nano' }]);
  const [fromGpt5, ...fromNano] = rows;
  if (!fromGpt5) throw new Error('three jobs were sent');
  const pausesMs = rows.flatMap(pausesIn);
  return [
    answeredBy('one 500', stumbled, 'gpt-5-nano'),
    failedWith('calls before it', stumbled, ['provider-error']),
    answeredBy('one error inside the stream', broken, 'claude'),
    equal('calls before it', broken.attempts.length, 2),
    answeredBy('GPT-5, 500s at all of OpenAI', fromGpt5, 'claude'),
    equal('calls before it', modelsAsked(fromGpt5), ['gpt-5', 'gpt-5', 'gpt-5-mini', 'gpt-5-mini', 'claude']),
    ...fromNano.map((row) =>
      equal('calls of a Nano job', modelsAsked(row), ['gpt-5-nano', 'gpt-5-nano', 'claude']),
    ),
    {
      expected: 'a pause before each retry, drawn anew each time',
      found: `${pausesMs.join(', ')} ms`,
      holds: new Set(pausesMs).size > 1,
    },
  ];
};

const modelsAsked = ({ attempts }: JobRow): string[] => attempts.map(({ model }) => model);

const connectionFaults = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startWithAzure(context);
  const offers = offersAt('gpt-5', ['azure-openai', 'openai', 'anthropic']);
  const once = await runStruckJob(rig, strikeModels(['gpt-5'], { kind: 'reset' }, { times: 1 }), {
    model: 'gpt-5',
  });
  const always = await runStruckJob(rig, strikeModels(['gpt-5'], { kind: 'reset' }), { model: 'gpt-5' });
  const lone = await runStruckJob(rig, strikeModels(['claude'], { kind: 'reset' }, { times: 1 }), {
    model: 'claude',
  });
  return [
    answeredBy('one connection reset', once, 'gpt-5', 'openai'),
    failedWith('calls before it', once, ['connection-reset']),
    answeredBy('the same at the only provider of a model', lone, 'claude'),
    failedWith('calls before it', lone, ['connection-reset']),
    answeredBy('every connection of GPT-5 reset', always, 'gpt-5-mini'),
    // a model with one provider is asked twice, one with two providers once at each
    failedWith(
      'calls before it',
      always,
      Array.from({ length: Math.max(2, offers) }, () => 'connection-reset'),
    ),
  ];
};

/** A person is told through an alarm on this metric. */
const NEEDS_PERSON = new RegExp(`"${metric.providerNeedsPerson}":`);

/** The metrics of an invocation are written at its end; a minute is for machines that have much to do. */
const METRIC_WITHIN_MS = 60_000;

/** Faults that only a person mends: the circuit opens at the first sight of them. */
const needsPerson = async (
  context: DrillContext,
  fault: { kind: 'money' | 'credentials' },
  failure: 'money' | 'misconfigured',
): Promise<readonly Finding[]> => {
  const rig = await startDefault(context);
  const called = watchForLine(rig, NEEDS_PERSON);
  const first = await runStruckJob(rig, strikeModels(['gpt-5-nano'], fault), { model: 'gpt-5-nano' });
  const isCalled = await called.seenWithin(METRIC_WITHIN_MS);
  const second = await runJob(rig, { model: 'gpt-5-nano' });
  const circuits = await fleetCircuits(rig).list();
  return [
    answeredBy('the job that meets it', first, 'claude'),
    equal(
      'its calls',
      first.attempts.map(({ outcome }) => outcome),
      [failure, 'answer'],
    ),
    equal(
      'the circuits that are open, and why',
      circuits.flatMap(({ provider, circuit: { state } }) =>
        state.kind === 'open' ? [`${provider}: ${state.reason}`] : [],
      ),
      [`openai: ${fault.kind}`],
    ),
    equal(`a person is called: metric ${metric.providerNeedsPerson} was written`, isCalled, true),
    answeredBy('the next job', second, 'claude'),
    equal('its calls of the model', (await ofModel(rig, second, 'gpt-5-nano')).length, 0),
  ];
};

/**
 * Phases shorter than a recovery period, so that failures and answers of one model meet in one circuit; 30 s are no
 * multiple of both together, so probes come upon either.
 */
const FLAPPING = { kind: 'flapping', upMs: 1_000, downMs: 700, fault: serverError };

/** Each phase meets two rounds at least, however fast the machine is. In ms. */
const ROUND_MS = 300;
const AT_ONCE = 8;

/** One call, its retry, and the same of the next model. */
const MOST_CALLS = 4;

const flapping = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rounds = context.profile === 'ci' ? 12 : 400;
  const rig = await startDefault(context);
  await rig.modelFaults(strikeModels(['gpt-5-nano'], FLAPPING));
  const rows: JobRow[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const jobs = runJobs(
      rig,
      Array.from({ length: AT_ONCE }, () => ({})),
    );
    const [ended] = await Promise.all([jobs, setTimeout(ROUND_MS)]);
    rows.push(...ended);
    if (round % 20 === 19) context.say(`${rows.length} of ${rounds * AT_ONCE} jobs have ended`);
  }
  const failed = rows
    .flatMap(({ attempts }) => attempts)
    .filter(({ outcome }) => outcome !== 'answer').length;
  const own = rows.filter(({ answer }) => answer?.model === 'gpt-5-nano').length;
  return [
    equal(
      'jobs that no model has answered',
      rows.filter(({ answer }) => answer?.source !== 'model').map(describeAnswer),
      [],
    ),
    {
      expected: 'the fault was met, and answers came of the model in between',
      found: `${own} of ${rows.length} answered by Nano, ${failed} calls failed`,
      holds: failed > 0 && own > 0,
    },
    equal(
      'jobs with more calls than a chain has',
      rows.filter((row) => row.attempts.length > MOST_CALLS).length,
      0,
    ),
  ];
};

export const errorDrills: readonly Drill[] = [
  {
    name: 'throttled',
    fault: 'Models answer 429, with a Retry-After of 2, 4 and 60 s',
    pace: 'waiting',
    run: throttled,
  },
  {
    name: 'server-errors',
    fault: 'OpenAI answers 500, once and then always; Claude breaks off with an error',
    pace: 'busy',
    run: serverErrors,
  },
  {
    name: 'connection-faults',
    fault: 'Connections are reset, one and then every one of GPT-5',
    pace: 'busy',
    run: connectionFaults,
  },
  {
    name: 'money',
    fault: 'The balance at OpenAI is used up',
    pace: 'busy',
    run: (context) => needsPerson(context, { kind: 'money' }, 'money'),
  },
  {
    name: 'credentials',
    fault: 'OpenAI accepts the key no more',
    pace: 'busy',
    run: (context) => needsPerson(context, { kind: 'credentials' }, 'misconfigured'),
  },
  {
    name: 'flapping',
    fault: 'Nano fails for 0.7 s, answers for 1 s, and so on',
    pace: 'busy',
    run: flapping,
  },
];
