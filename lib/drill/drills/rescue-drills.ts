import { seededRandom } from '../../seeded-random.ts';
import { atMost, type Drill, type DrillContext, equal, type Finding } from '../drill.ts';
import {
  answeredBy,
  describeAnswer,
  endedWithin,
  failedWith,
  keptDeadlines,
  pastDeadlineMs,
} from '../findings.ts';
import { defaultProviders } from '../rig/default-deployment.ts';
import { fleetCircuits } from '../rig/fleet-circuits.ts';
import { endToEndMs, type JobRow } from '../rig/job-row.ts';
import type { Rig, RigOptions } from '../rig/rig.ts';
import { callsOf, deadlineIn, type JobChanges, runJobs, warmUp } from '../rig/run-jobs.ts';
import { circuitsOf, offersAt, type StrikeRule, strikeModels, strikeProviders } from '../rig/strike.ts';

const silent = { kind: 'silent' };

const allProviders = ['azure-openai', 'openai', 'anthropic'] as const;

/** What the issue promises, from sending to result, in ms. */
const MODEL_RESCUE_MS = 12_000;
const PROVIDER_RESCUE_MS = 25_000;

/** A warm worker and models that take the time that real ones take. */
const startRealistic = async (
  { startRig }: DrillContext,
  options: RigOptions,
  jobs: number,
): Promise<Rig> => {
  const rig = await startRig({ modelProfile: 'realistic', ...options });
  await warmUp(rig, jobs);
  return rig;
};

/** Runs jobs beside each other in a world with these faults. */
const rescued = async (
  context: DrillContext,
  rules: readonly StrikeRule[],
  messages: readonly JobChanges[],
  options: RigOptions = {},
): Promise<{ rig: Rig; rows: JobRow[] }> => {
  const rig = await startRealistic(context, options, messages.length);
  await rig.modelFaults(rules);
  return { rig, rows: await runJobs(rig, messages) };
};

const silences = (calls: number): string[] => Array.from({ length: calls }, () => 'silent');

/** Fewer than open a circuit: each is to wait for the silence itself. One may draw a rescuer that is slow that day. */
const silentModel = async (context: DrillContext): Promise<readonly Finding[]> => {
  const { rows } = await rescued(
    context,
    strikeModels(['gpt-5'], silent),
    [1, 2, 3].map(() => ({ model: 'gpt-5' as const })),
  );
  const [, medianMs = Number.POSITIVE_INFINITY] = rows.map(endToEndMs).sort((a, b) => a - b);
  return [
    ...rows.flatMap((row, index) => [
      answeredBy(`job ${index + 1}`, row, 'gpt-5-mini'),
      failedWith('calls before it', row, silences(offersAt('gpt-5', allProviders))),
    ]),
    atMost('from sending to result, the median of three', medianMs, MODEL_RESCUE_MS, 'ms', 'promised'),
  ];
};

const silentProvider = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rules = strikeProviders(['openai', 'azure-openai'], silent);
  const { rows } = await rescued(context, rules, [{ model: 'gpt-5' }]);
  const calls = offersAt('gpt-5', allProviders) + offersAt('gpt-5-mini', allProviders);
  return rows.flatMap((row) => [
    answeredBy('GPT-5', row, 'claude', 'anthropic'),
    failedWith('calls before it', row, silences(calls)),
    endedWithin([row], PROVIDER_RESCUE_MS),
  ]);
};

const loneOpenAi = async (context: DrillContext): Promise<readonly Finding[]> => {
  const providers = defaultProviders;
  const { rows } = await rescued(context, strikeModels(['gpt-5'], silent), [{ model: 'gpt-5' }], {
    providers,
  });
  return rows.flatMap((row) => [
    answeredBy('GPT-5', row, 'gpt-5-mini', 'openai'),
    failedWith('calls before it', row, ['silent']),
    endedWithin([row], MODEL_RESCUE_MS),
  ]);
};

/** GPT-5's own timeout is 45 s; the limit between events follows the effort. In ms. */
const LONG_BEFORE_MS = 15_000;

const stalled = async (context: DrillContext): Promise<readonly Finding[]> => {
  const providers = defaultProviders;
  const efforts =
    context.profile === 'ci' ? (['minimal', 'low'] as const) : (['minimal', 'low', 'medium'] as const);
  const messages = efforts.map((reasoningEffort) => ({
    model: 'gpt-5' as const,
    options: { reasoningEffort },
  }));
  const rules = strikeModels(['gpt-5'], { kind: 'stalled' });
  const { rows } = await rescued(context, rules, messages, { providers });
  return rows.flatMap((row, index) => [
    answeredBy(`effort ${efforts[index]}`, row, 'gpt-5-mini'),
    failedWith('calls before it', row, ['stalled']),
    ...(efforts[index] === 'medium' ? [] : [givenUpSoon(row)]),
  ]);
};

const givenUpSoon = ({ attempts: [first] }: JobRow): Finding =>
  atMost(
    'the stalled call',
    first?.durationMs ?? Number.POSITIVE_INFINITY,
    LONG_BEFORE_MS,
    'ms',
    "a third of the model's own timeout",
  );

/** 3.5 s are given to GPT-5 for its first event, 2.5 s to Nano. */
const lateStart = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rules = [
    ...strikeModels(['gpt-5'], { kind: 'lateStart', ms: 1_500 }),
    ...strikeModels(['gpt-5-nano'], { kind: 'lateStart', ms: 8_000 }),
  ];
  const messages = [{ model: 'gpt-5' as const }, { model: 'gpt-5-nano' as const }];
  const { rig, rows } = await rescued(context, rules, messages, { providers: defaultProviders });
  const [waitedFor, givenUp] = rows;
  if (waitedFor === undefined || givenUp === undefined) throw new Error('two jobs were sent');
  return [
    answeredBy('first event after 1.5 s', waitedFor, 'gpt-5'),
    equal('its calls', (await callsOf(rig, waitedFor)).length, 1),
    answeredBy('first event after 8 s', givenUp, 'claude'),
    failedWith('calls before it', givenUp, ['silent']),
  ];
};

/** GPT-5 at six times its latency has a first event within 3 s, and no end within 5 s, whatever it draws. */
const OWN_TIMEOUT_MS = 5_000;
const SLOWNESS = 6;

const slow = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startRealistic(context, { providers: defaultProviders }, 3);
  await rig.modelFaults([
    ...strikeModels(['gpt-5-nano'], { kind: 'stalled' }),
    ...strikeModels(['gpt-5'], { kind: 'slow', factor: SLOWNESS }),
  ]);
  const rows = await runJobs(rig, [
    { model: 'gpt-5-nano' },
    { model: 'gpt-5', options: { timeoutMs: OWN_TIMEOUT_MS } },
    { model: 'gpt-5-nano', ...deadlineIn(9_000) },
  ]);
  const [whole, own, hurried] = rows;
  if (whole === undefined || own === undefined || hurried === undefined)
    throw new Error('three jobs were sent');
  return [
    answeredBy('Nano, which thinks beyond its 15 s', whole, 'claude'),
    failedWith('calls before it', whole, ['timeout']),
    equal('GPT-5 beyond the 5 s of its job: the first call', own.attempts[0]?.code, 'own-timeout'),
    equal('what answers then', own.answer?.source, 'model'),
    equal('Nano, with 9 s to the deadline: the first call', hurried.attempts[0]?.code, 'own-timeout'),
    equal('how it ends', hurried.status, 'succeeded'),
    keptDeadlines(rows),
  ];
};

/** Deadlines from 2 to 20 s, spread evenly and moved a little by the seed. */
const deadlinesMs = (seed: number, jobs: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: jobs }, (_, index) => 2_000 + (18_000 * (index + random.next())) / jobs);
};

/** As many as lane `critical` works on at a time: a job that waits for its turn would measure the lane. */
const AT_A_TIME = 8;

const isCutShort = ({ attempts }: JobRow): boolean => attempts.some(({ code }) => code === 'own-timeout');

const models = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'claude'] as const;

/** Silence opens circuits, and an open one spares the wait. Held closed, each chain waits to its end. */
const holdCircuitsClosed = async (rig: Rig): Promise<void> => {
  const circuits = fleetCircuits(rig);
  for (const id of circuitsOf(models)) await circuits.hold(id, 'closed', 'drill');
};

const shortDeadline = async (context: DrillContext): Promise<readonly Finding[]> => {
  const waves = context.profile === 'ci' ? 1 : 6;
  const rig = await startRealistic(context, {}, AT_A_TIME);
  await holdCircuitsClosed(rig);
  await rig.modelFaults(strikeModels(models, silent));
  const rows: JobRow[] = [];
  for (let wave = 0; wave < waves; wave += 1) {
    const deadlines = deadlinesMs(context.seed + wave, AT_A_TIME);
    const messages = deadlines.map((ms, index) => ({
      model: models[index % models.length] ?? 'gpt-5',
      ...deadlineIn(ms),
    }));
    rows.push(...(await runJobs(rig, messages)));
    context.say(`${rows.length} of ${waves * AT_A_TIME} jobs have ended`);
  }
  return [
    equal('how they end', [...new Set(rows.map(describeAnswer))], ['default']),
    atMost('latest end past its deadline (250 are promised)', pastDeadlineMs(rows), 0, 'ms'),
    {
      expected: 'chains that were waiting when their time was up',
      found: `${rows.filter(isCutShort).length} of ${rows.length}`,
      holds: rows.some(isCutShort),
    },
  ];
};

export const rescueDrills: readonly Drill[] = [
  {
    name: 'silent-model',
    fault: 'GPT-5 takes calls at both of its providers and never says a word',
    pace: 'waiting',
    run: silentModel,
  },
  {
    name: 'silent-provider',
    fault: 'OpenAI and Azure OpenAI take calls of every model and never say a word',
    pace: 'waiting',
    run: silentProvider,
  },
  {
    name: 'lone-openai',
    fault: 'GPT-5 is silent in the default deployment, which has no Azure OpenAI',
    pace: 'waiting',
    run: loneOpenAi,
  },
  {
    name: 'stalled',
    fault: 'GPT-5 begins its answers and never goes on',
    pace: 'waiting',
    run: stalled,
  },
  {
    name: 'late-start',
    fault: 'The first event of an answer comes late, once within the limit and once beyond it',
    pace: 'waiting',
    run: lateStart,
  },
  {
    name: 'slow',
    fault: 'Models answer, but slower than their timeout, their job or its deadline allows',
    pace: 'waiting',
    run: slow,
  },
  {
    name: 'short-deadline',
    fault: 'Every model is silent, and jobs have 2 to 20 s until their deadline',
    pace: 'waiting',
    run: shortDeadline,
  },
];
