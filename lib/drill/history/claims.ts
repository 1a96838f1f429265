import type { ModelCall } from '../rig/model-calls.ts';
import type { JobWrite, SeenAttempt } from './job-writes.ts';
import type { Sight } from './witness.ts';

/** A claim on a job as it was seen: by whom, the calls that were made under it, and how it was given up. */
export type Claim = Claimed & {
  atMs: number;
  environment: number;
  calls: readonly ClaimCall[];
  closing?: Closing;
};

/** `attempt`: what the worker said of the call. A worker that died has said nothing. */
export type ClaimCall = KnownCall & { attempt?: SeenAttempt };
export type KnownCall = ModelCall & { callId: string };

type Claimed = Extract<JobWrite, { status: 'running' }>;
export type Closing = Exclude<JobWrite, { status: 'running' }> & { atMs: number };
type BareClaim = Claimed & { atMs: number; environment: number };

/** All claims, by job. A call is of whoever had claimed its job last when it started. */
export const claimsOf = (
  sights: readonly Sight[],
  calls: readonly KnownCall[],
): ReadonlyMap<string, readonly Claim[]> => {
  const closings = closingsOf(sights);
  const callsByTrace = Map.groupBy(calls, ({ traceId }) => traceId);
  const complete = (claim: BareClaim, next: BareClaim | undefined): Claim => {
    const endAtMs = next?.atMs ?? Number.POSITIVE_INFINITY;
    const closing = closings.get(claim.claimId);
    const own = (callsByTrace.get(claim.traceId) ?? []).filter(
      ({ startedAtMs }) => startedAtMs >= claim.atMs && startedAtMs < endAtMs,
    );
    return { ...claim, calls: withAttempts(own, closing?.attempts ?? []), ...(closing && { closing }) };
  };
  return new Map(
    [...bareClaimsOf(sights)].map(([jobId, bare]) => [
      jobId,
      bare.map((claim, index) => complete(claim, bare[index + 1])),
    ]),
  );
};

/** Calls and attempts of one run are both in the order in which they were made. */
const withAttempts = (calls: readonly KnownCall[], attempts: readonly SeenAttempt[]): ClaimCall[] => {
  const left = [...attempts];
  return calls.map((call) => {
    const at = left.findIndex(
      ({ provider, modelId }) => provider === call.provider && modelId === call.model,
    );
    const [attempt] = at === -1 ? [] : left.splice(0, at + 1).slice(-1);
    return attempt === undefined ? call : { ...call, attempt };
  });
};

const closingsOf = (sights: readonly Sight[]): ReadonlyMap<string, Closing> =>
  new Map(
    sights.flatMap((sight) =>
      sight.kind === 'written' && sight.write.status !== 'running'
        ? [[sight.write.claimId, { ...sight.write, atMs: sight.atMs }] as const]
        : [],
    ),
  );

const bareClaimsOf = (sights: readonly Sight[]): ReadonlyMap<string, BareClaim[]> => {
  const holders = createHolders(sights);
  const claims = new Map<string, BareClaim[]>();
  for (const sight of sights) {
    holders.see(sight);
    if (sight.kind !== 'written' || sight.write.status !== 'running') continue;
    const { atMs, write } = sight;
    append(claims, write.jobId, { ...write, atMs, environment: holders.of(write.jobId) });
  }
  return claims;
};

/** Who has a job. Two invocations may have it at once; the one that dies is then taken for the one that acts. */
const createHolders = (sights: readonly Sight[]) => {
  const died = new Set(sights.flatMap((sight) => (isDeath(sight) ? [sight.invocation] : [])));
  const over = new Set<number>();
  const holders = new Map<string, number[]>();
  return {
    see: (sight: Sight): void => {
      if (sight.kind === 'invocation-over') over.add(sight.invocation);
      if (sight.kind !== 'delivered') return;
      for (const { jobId } of sight.messages) append(holders, jobId, sight.invocation);
    },
    of: (jobId: string): number => {
      const all = holders.get(jobId) ?? [];
      const alive = all.filter((invocation) => !over.has(invocation));
      // what a killed one had sent off may be applied after its end
      return alive.find((invocation) => died.has(invocation)) ?? alive.at(-1) ?? all.at(-1) ?? 0;
    },
  };
};

/** Whether an invocation ended by its environment's death. */
export const isDeath = (
  sight: Sight,
): sight is Extract<Sight, { kind: 'invocation-over' }> & { atMs: number } =>
  sight.kind === 'invocation-over' && sight.environmentDied;

const append = <K, V>(lists: Map<K, V[]>, key: K, value: V): void => {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
};
