import { percentile } from '../../local/sample/percentile.ts';
import { leastPerMinute, type Quota } from '../../pipeline/fleet/quota.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { atLeast } from '../findings.ts';
import type { JobRow } from '../rig/job-row.ts';
import type { Rig } from '../rig/rig.ts';
import { type Message, steadyTraffic } from '../rig/steady-traffic.ts';

/** Of the one model that all jobs ask for, at Relay and at the provider alike. */
const quota: Quota = {
  provider: 'anthropic',
  modelId: 'claude-haiku-5-5',
  requestsPerMinute: 600,
  tokensPerMinute: 2_000_000,
};

const message: Message = { model: 'claude', allowedProcessors: ['anthropic'] };

/** The quota fits half of what `low` sends. */
const LOW_PER_SECOND = (2 * quota.requestsPerMinute) / 60;

/** Within what is its own of the quota. */
const CRITICAL_PER_SECOND = 2.25;

/** Half of the empty time before the flood and half after it: what else the machine does meets both alike. In ms. */
const FLOOD_MS = { ci: 24_000, long: 240_000 };

type Scene = { rig: Rig; context: DrillContext };

/** From sending to the start of the first call, in ms. A job that called nobody never started. */
const queueToStartMs = ({ enqueuedAtMs, attempts: [first] }: JobRow): number =>
  (first?.startedAtMs ?? Number.POSITIVE_INFINITY) - enqueuedAtMs;

const criticalFor = async ({ rig, context }: Scene, forMs: number): Promise<number[]> => {
  const traffic = { lane: 'critical', perSecond: CRITICAL_PER_SECOND, forMs, message } as const;
  const rows = await steadyTraffic(rig, context.signal, traffic);
  return rows.map(queueToStartMs);
};

/** Whatever of the flood has not had its turn when it ends is not worth doing: the next phase begins empty. */
const flood = async ({ rig, context }: Scene, forMs: number): Promise<JobRow[]> => {
  const deadlineAt = new Date(Date.now() + forMs).toISOString();
  return steadyTraffic(rig, context.signal, {
    lane: 'low',
    perSecond: LOW_PER_SECOND,
    forMs,
    message: { ...message, deadlineAt },
  });
};

const describe = (values: readonly number[]): string =>
  [50, 90, 99].map((percent) => `p${percent} ${percentile(values, percent)} ms`).join(', ');

/** The promise of the issue. */
const MOST_TIMES = 1.5;

/** Below this it is the machine that is slow: a job that finds no quota comes back after a second at the soonest. In ms. */
const NOISE_MS = 1_000;

const judgeCritical = (emptyMs: readonly number[], floodedMs: readonly number[]): Finding => {
  const [empty = 0, flooded = Infinity] = [emptyMs, floodedMs].map((values) => percentile(values, 99));
  return {
    expected: `critical, from queue to start: p99 while low floods <= ${MOST_TIMES} x p99 of an empty system, or under ${NOISE_MS} ms`,
    found: `${(flooded / empty).toFixed(2)} x: ${describe(floodedMs)} (${floodedMs.length} jobs) against ${describe(emptyMs)} (${emptyMs.length})`,
    holds: flooded <= Math.max(MOST_TIMES * empty, NOISE_MS),
  };
};

const judgeLow = (rows: readonly JobRow[], forMs: number): Finding => {
  const answered = rows.filter(({ answer }) => answer?.source === 'model').length;
  const bound = leastPerMinute(quota, 'low').requests;
  return atLeast(
    `low keeps moving: of ${Math.round((rows.length * 60_000) / forMs)} jobs that come in a minute, answered`,
    (answered * 60_000) / forMs,
    bound,
    'per minute',
  );
};

/** Counts the jobs of lane `critical` that went back to it for want of quota, from now on. */
const countDeferred = (rig: Rig): (() => number) => {
  let deferred = 0;
  rig.onLine((functionName, line) => {
    if (functionName.endsWith('-critical') && DEFERRED_FOR_QUOTA.test(line)) deferred += 1;
  });
  return () => deferred;
};

/** The words of lib/runtime/telemetry.ts. */
const DEFERRED_FOR_QUOTA = /"message":"job deferred".*"reason":"quota"/;

const setProviderQuota = async ({ endpoints }: Rig): Promise<void> => {
  const { provider, modelId, requestsPerMinute } = quota;
  const response = await fetch(`${endpoints.models}/control/quota`, {
    method: 'PUT',
    body: JSON.stringify([{ provider, model: modelId, requestsPerMinute }]),
  });
  if (!response.ok) throw new Error(`the model server refused the quota: ${response.status}`);
};

const warmUp = async (rig: Rig): Promise<void> => {
  await rig.modelFaults([{ id: 'unhurried', match: {}, fault: { kind: 'lateStart', ms: 1_500 } }]);
  const lanes = [
    rig.send(
      'critical',
      Array.from({ length: 8 }, () => message),
    ),
    rig.send(
      'low',
      Array.from({ length: 9 }, () => message),
    ),
  ];
  const jobIds = (await Promise.all(lanes)).flat();
  await Promise.all(jobIds.map((jobId) => rig.ended(jobId)));
  await rig.modelFaults([]);
};

/** A lane that floods the quota leaves the most important one its room, and keeps moving itself. */
export const lowFloods = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await context.startRig({
    providers: ['anthropic'],
    context: { quotas: JSON.stringify([quota]) },
  });
  const scene = { rig, context };
  await setProviderQuota(rig);
  await warmUp(rig);
  const deferred = countDeferred(rig);
  const floodMs = FLOOD_MS[context.profile];
  const before = await criticalFor(scene, floodMs / 2);
  context.say(`empty: ${describe(before)}`);
  const [floodedMs, low] = await Promise.all([criticalFor(scene, floodMs), flood(scene, floodMs)]);
  context.say(`flooded: ${describe(floodedMs)}`);
  const after = await criticalFor(scene, floodMs / 2);
  const throttled = (await rig.calls()).filter(({ outcome }) => outcome === 'throttled');
  return [
    judgeCritical([...before, ...after], floodedMs),
    equal('critical jobs that went back to their lane for want of quota', deferred(), 0),
    judgeLow(low, floodMs),
    equal(
      'jobs of low that ended',
      low.filter(({ endedAtMs }) => endedAtMs !== undefined).length,
      low.length,
    ),
    equal('calls that the provider throttled', throttled.length, 0),
  ];
};
