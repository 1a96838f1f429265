import type { DeliveryEvent } from '../../local/cloud/lambda/deliveries.ts';
import type { Rig } from '../rig/rig.ts';
import { type JobWrite, readJobWrite } from './job-writes.ts';

/** Something that could be seen from outside of the workers, in ms since 1970. */
export type Sight = { atMs: number } & (
  | { kind: 'delivered'; invocation: number; messages: readonly { jobId: string; receives: number }[] }
  | { kind: 'invocation-over'; invocation: number; environmentDied: boolean }
  /** Only what the table has applied. */
  | { kind: 'written'; write: JobWrite }
);

/** Sees what goes between the lanes, the workers and the jobs table. A job is known by its message's id. */
export type Witness = {
  sights(): readonly Sight[];
  /** Endings that the table has applied, by job: more than one would be one too many. */
  endings(jobId: string): readonly JobWrite[];
  /** Tells of every sight from now on. */
  watch(listener: (sight: Sight) => void): void;
  /** Resolves at the next sight of that kind; rejects on abort. */
  next(isMeant: (sight: Sight) => boolean, signal: AbortSignal): Promise<void>;
  /** Resolves when the jobs have ended; rejects on abort. */
  allEnded(jobIds: readonly string[], signal: AbortSignal): Promise<void>;
};

/** Whether a write ends its job. */
export const isEnding = ({ status }: JobWrite): boolean => status !== 'running' && status !== 'queued';

/** Must be called before the first message is sent. */
export const createWitness = (rig: Rig): Witness => {
  const sights: Sight[] = [];
  const endings = new Map<string, JobWrite[]>();
  const watchers = new Set<(sight: Sight) => void>();
  const see = (sight: Sight) => {
    sights.push(sight);
    for (const watch of watchers) watch(sight);
  };
  const onWrite = (write: JobWrite) => {
    if (isEnding(write)) endings.set(write.jobId, [...(endings.get(write.jobId) ?? []), write]);
    see({ atMs: Date.now(), kind: 'written', write });
  };
  const next: Witness['next'] = async (isMeant, signal) => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watch = (sight: Sight) => isMeant(sight) && resolve();
    const abort = () => reject(signal.reason);
    watchers.add(watch);
    signal.addEventListener('abort', abort);
    await promise.finally(() => {
      watchers.delete(watch);
      signal.removeEventListener('abort', abort);
    });
  };
  rig.onDelivery((event) => see(sightOf(event)));
  rig.onRequest((action, input, exchange) => {
    const write = readJobWrite(action, input);
    if (write === undefined) return;
    exchange?.intercept(async (carryOut, asked) => {
      const answer = await carryOut(asked);
      onWrite(write);
      return answer;
    });
  });
  return {
    sights: () => sights,
    endings: (jobId) => endings.get(jobId) ?? [],
    watch: (listener) => void watchers.add(listener),
    next,
    allEnded: async (jobIds, signal) => {
      const open = new Set(jobIds.filter((jobId) => !endings.has(jobId)));
      const isLast = (sight: Sight) => {
        if (sight.kind === 'written' && isEnding(sight.write)) open.delete(sight.write.jobId);
        return open.size === 0;
      };
      if (open.size > 0) await next(isLast, signal);
    },
  };
};

const sightOf = (event: DeliveryEvent): Sight => {
  const seen = { atMs: Date.now(), invocation: event.delivery };
  if (event.kind === 'ended')
    return { ...seen, kind: 'invocation-over', environmentDied: event.environmentDied };
  const messages = event.batch.map(({ MessageId, Attributes }) => ({
    jobId: MessageId,
    receives: Number(Attributes.ApproximateReceiveCount),
  }));
  return { ...seen, kind: 'delivered', messages };
};
