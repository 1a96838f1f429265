import type { DrillContext } from '../drill.ts';
import { modelCalls } from '../rig/model-calls.ts';
import type { Rig } from '../rig/rig.ts';
import { isDeath } from './claims.ts';
import type { Witness } from './witness.ts';

/** A moment in an invocation at which its environment is killed. */
export type KillPoint = { name: string; kill: object; request: number; isAfter: boolean };

/** Every request that a cold worker makes for one healthy job, in order: AWS operations with their tables, and `model`. */
export type HappyPath = readonly string[];

/** Notes the requests of functions from now on. Their order is known to the ms, as the model server's log is. */
export const recordPath = (rig: Rig): (() => Promise<HappyPath>) => {
  const requests: { name: string; atMs: number }[] = [];
  rig.onRequest((action, input) => {
    const table =
      input && 'TableName' in input ? ` ${String(input.TableName).replace('relay-local-', '')}` : '';
    requests.push({ name: action + table, atMs: Date.now() });
  });
  return async () => {
    const calls = await modelCalls(rig.endpoints.models);
    const all = [...requests, ...calls.map(({ startedAtMs }) => ({ name: 'model', atMs: startedAtMs }))];
    return all.sort((one, other) => one.atMs - other.atMs).map(({ name }) => name);
  };
};

/** Before and after each request. */
export const pointsOn = (path: HappyPath): KillPoint[] =>
  path.flatMap((name, index) => {
    const request = index + 1;
    return [
      {
        name: `before ${request} ${name}`,
        request,
        isAfter: false,
        kill: { when: 'before-request', request },
      },
      { name: `after ${request} ${name}`, request, isAfter: true, kill: { when: 'after-request', request } },
    ];
  });

export const BEFORE_RETURN = { when: 'before-return' };

type Scene = { rig: Rig; witness: Witness; signal: DrillContext['signal'] };

/** Kills the next invocation at that point; resolves when it is dead. */
export const killNext = async (
  { rig, witness, signal }: Scene,
  kill: object,
  sendJob: () => Promise<string[]>,
): Promise<string> => {
  await rig.cloudFaults([{ id: 'kill', match: { times: 1 }, fault: { kind: 'kill', ...kill } }]);
  const died = witness.next(isDeath, signal);
  const [jobId = ''] = await sendJob();
  await died;
  return jobId;
};
