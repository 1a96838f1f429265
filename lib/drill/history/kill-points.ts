import type { DrillContext } from '../drill.ts';
import { modelCalls } from '../rig/model-calls.ts';
import type { Rig } from '../rig/rig.ts';
import { isDeath } from './claims.ts';
import type { Witness } from './witness.ts';

/** A moment in an invocation at which its environment is killed. */
export type KillPoint = { name: string; kill: object; request: number; isAfter: boolean };

/** Every request that a cold worker makes for one healthy job, in order: AWS operations with their tables, and `model`. */
export type HappyPath = readonly string[];

/** Of the lane that jobs are sent to; other functions run beside it. */
const WORKER = 'process-job-critical';

/** Notes the requests of the worker from now on. Their order is known to the ms, as the model server's log is. */
const recordPath = (rig: Rig): (() => Promise<HappyPath>) => {
  const sinceMs = Date.now();
  const requests: { name: string; atMs: number }[] = [];
  rig.onRequest((action, input, _exchange, functionName) => {
    if (!functionName.endsWith(WORKER)) return;
    const table =
      input && 'TableName' in input ? ` ${String(input.TableName).replace('relay-local-', '')}` : '';
    requests.push({ name: action + table, atMs: Date.now() });
  });
  return async () => {
    const calls = (await modelCalls(rig.endpoints.models)).filter(
      ({ startedAtMs }) => startedAtMs >= sinceMs,
    );
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

const BEFORE_RETURN = { when: 'before-return' };

type Scene = { rig: Rig; witness: Witness; signal: DrillContext['signal'] };

/**
 * Kills the next invocation at that point. Resolves when it is dead, or when its job has ended because the point was
 * not on its path: a busy machine can make a call silent, and the path another one.
 */
const killNext = async (
  { rig, witness, signal }: Scene,
  kill: object,
  sendJob: () => Promise<string[]>,
): Promise<{ jobId: string; died: boolean }> => {
  const match = { functionName: WORKER, times: 1 };
  await rig.cloudFaults([{ id: 'kill', match, fault: { kind: 'kill', ...kill } }]);
  let died = false;
  let jobId = '';
  const over = witness.next((sight) => {
    died ||= isDeath(sight);
    return died || (sight.kind === 'invocation-over' && witness.endings(jobId).length > 0);
  }, signal);
  [jobId = ''] = await sendJob();
  await over;
  return { jobId, died };
};

/** How often a busy machine is given another chance to let a job take its healthy path. */
const MOST_TRIES = 3;

/** A busy machine makes now one request more, now one less. */
const MOST_RECORDINGS = 8;

/** Lets a job take its whole path, twice in turn the same, and kills its worker before it can say so. */
export const recordHappyPath = async (scene: Scene, sendJob: () => Promise<string[]>): Promise<HappyPath> => {
  let before = '';
  for (let tries = 0; tries < MOST_RECORDINGS; tries += 1) {
    const pathSoFar = recordPath(scene.rig);
    await killNext(scene, BEFORE_RETURN, sendJob);
    const path = await pathSoFar();
    if (isHappy(path) && shapeOf(path) === before) return path;
    before = shapeOf(path);
  }
  throw new Error('this machine is too busy: no two jobs in turn took the same healthy path');
};

/** What is asked at the same time comes in any order. */
const shapeOf = (path: HappyPath): string => `${path.indexOf('model')} of ${path.length}`;

/** A job that needed another call has looked at its row before it. */
const isHappy = (path: HappyPath): boolean =>
  path.filter((name) => name === 'model').length === 1 && !path.includes('GetItem jobs');

/** Kills a worker at that point of its path; the job that it had. `undefined`: no job came that way any more. */
export const killAt = async (
  scene: Scene,
  { kill }: KillPoint,
  sendJob: () => Promise<string[]>,
): Promise<string | undefined> => {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const { jobId, died } = await killNext(scene, kill, sendJob);
    if (died) return jobId;
  }
  return undefined;
};
