import type { ModelReply, ProviderName, Usage } from '../pipeline/model/model.ts';
import type { CallWatch } from '../pipeline/ports.ts';
import type { Random } from '../seeded-random.ts';
import type { HistoryEvent } from './history.ts';
import type { Scheduler } from './scheduler.ts';

/** What may go wrong with a call. Shares are of all calls. */
export type ProviderFaults = {
  /** Errors, resets, cut and malformed replies. */
  transientShare: number;
  silentShare: number;
  stalledShare: number;
  throttledShare: number;
  refusedShare: number;
  outages: readonly Outage[];
};

/** A time in which a provider is silent, or answers every call with an error. */
export type Outage = { provider: ProviderName; fromMs: number; untilMs: number; kind: 'silent' | 'failing' };

/** Who calls: the death of an environment hangs up on nobody who is at work, so the provider goes on. */
export type Caller = { environment: number; jobId: string; isAlive(): boolean };

type Parts = {
  scheduler: Scheduler;
  random: Random;
  faults: ProviderFaults;
  record(event: HistoryEvent): void;
  /** What a call of a model costs that used so much, in micro-dollars. */
  costOf(modelId: string, usage: Usage): number;
};

type Fate = 'answer' | 'refused' | 'failing' | 'throttled' | 'silent' | 'stalled';

/** Median latency in ms, by family of models. */
const medianMs = (modelId: string): number => (/mini|terra|claude|nano|luna/.test(modelId) ? 1_600 : 4_000);

/** Half the spread of a log-normal whose p99 is three times its median. */
const SIGMA = 0.472;

const usage = {
  inputTokens: 900,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 120,
  reasoningTokens: 0,
};

/** Providers that take their time, and fail as they are told. */
export const simulatedProviders = ({ scheduler, random, faults, record, costOf }: Parts) => {
  const { clock, sleep } = scheduler;
  let calls = 0;
  let inFlight = 0;

  const fateOf = (provider: ProviderName): Fate => {
    const nowMs = clock.now();
    const outage = faults.outages.find(
      (it) => it.provider === provider && it.fromMs <= nowMs && nowMs < it.untilMs,
    );
    if (outage !== undefined) return outage.kind;
    const draw = random.next();
    let below = 0;
    for (const [fate, share] of sharesOf(faults)) {
      below += share;
      if (draw < below) return fate;
    }
    return 'answer';
  };

  /** Resolves to false when the caller hangs up first. */
  const stays = (ms: number, { signal }: CallWatch, caller: Caller): Promise<boolean> =>
    new Promise((resolve) => {
      const onAbort = () => {
        if (caller.isAlive() || !Number.isFinite(ms)) resolve(false);
      };
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort);
      if (Number.isFinite(ms)) void sleep(ms).then(() => resolve(true));
    });

  type Asked = { fate: Fate; modelId: string; text: string; watch: CallWatch; caller: Caller };

  const refuse = async (kind: 'failing' | 'throttled', { watch, caller }: Asked): Promise<ModelReply> => {
    if (!(await stays(5 + random.next() * 100, watch, caller))) return hungUp;
    return kind === 'throttled' ? throttled(random) : failing;
  };
  const think = async ({ fate, modelId, text, watch, caller }: Asked): Promise<ModelReply> => {
    const totalMs = medianMs(modelId) * Math.exp(SIGMA * normal(random));
    if (!(await stays(fate === 'silent' ? Infinity : totalMs * 0.08, watch, caller))) return hungUp;
    watch.heard();
    if (!(await stays(fate === 'stalled' ? Infinity : totalMs * 0.92, watch, caller))) return hungUp;
    return fate === 'refused' ? refused : { kind: 'answer', text, usage, servedTier: 'default' };
  };
  const reply = (asked: Asked): Promise<ModelReply> =>
    asked.fate === 'failing' || asked.fate === 'throttled' ? refuse(asked.fate, asked) : think(asked);

  const complete = async (
    provider: ProviderName,
    modelId: string,
    watch: CallWatch,
    caller: Caller,
  ): Promise<ModelReply> => {
    calls += 1;
    inFlight += 1;
    const callId = `call-${calls}`;
    const text = `answer ${calls} of ${modelId}`;
    const { environment, jobId } = caller;
    record({ atMs: clock.now(), kind: 'call-started', callId, jobId, environment, provider, modelId, text });
    const given = await reply({ fate: fateOf(provider), modelId, text, watch, caller });
    const outcome = given.kind === 'answer' ? 'answer' : given.failure.code;
    const billed = given.kind === 'answer' || outcome === 'hung-up' || outcome === 'content-policy';
    const costMicroUsd = billed ? costOf(modelId, usage) : 0;
    record({ atMs: clock.now(), kind: 'call-ended', callId, outcome, billed, costMicroUsd });
    inFlight -= 1;
    return given === hungUp ? stopped : given;
  };
  return { complete, inFlight: () => inFlight };
};

const sharesOf = (faults: ProviderFaults): readonly [Fate, number][] => [
  ['failing', faults.transientShare],
  ['silent', faults.silentShare],
  ['stalled', faults.stalledShare],
  ['throttled', faults.throttledShare],
  ['refused', faults.refusedShare],
];

const normal = (random: Random): number => {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return Math.max(-3, Math.min(3, radius * Math.cos(2 * Math.PI * random.next())));
};

const failing: ModelReply = { kind: 'failure', failure: { kind: 'transient', code: 'provider-error' } };
const refused: ModelReply = {
  kind: 'failure',
  failure: { kind: 'refused', code: 'content-policy' },
  usage,
  servedTier: 'default',
};
const hungUp: ModelReply = { kind: 'failure', failure: { kind: 'transient', code: 'hung-up' } };
const stopped: ModelReply = { kind: 'failure', failure: { kind: 'transient', code: 'timeout' } };

const throttled = (random: Random): ModelReply => ({
  kind: 'failure',
  failure: { kind: 'throttled', code: 'rate-limited', retryAfterMs: random.between(0, 4) * 500 },
});
