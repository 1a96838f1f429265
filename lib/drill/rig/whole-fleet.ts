import { configFor } from '../../configure.ts';
import { PROVIDER_KEYS } from '../../local/secret-names.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import type { DrillContext } from '../drill.ts';
import type { Rig } from './rig.ts';

const { lanes } = configFor((key) => (key === 'stage' ? 'local' : undefined));

const sumOverLanes = (of: (lane: LaneName) => number): number =>
  laneNames.reduce((sum, lane) => sum + of(lane), 0);

/** Worker environments of all four lanes together. */
export const WORKERS = sumOverLanes((lane) => lanes[lane].concurrency);

/** Jobs that a lane works on at a time when its batches are full. */
const slotsOf = (lane: LaneName): number => lanes[lane].concurrency * lanes[lane].parallelism;

/** Jobs that the whole fleet works on at a time. */
export const SLOTS = sumOverLanes(slotsOf);

/** Below the shortest limit on a first event, and long enough that work piles up before environments that are too few. In ms. */
const UNHURRIED_MS = 1_500;

type Message = Parameters<Rig['send']>[1][number];

/** On an idle machine two are enough. */
const MOST_WAVES = 10;

/**
 * Keeps every lane busy until every worker is there: the local cloud starts one only for work that waits. They are
 * counted by the provider keys, which an environment reads once, before its first call. Resolves to their number.
 */
export const warmFleet = async (
  rig: Rig,
  { say }: Pick<DrillContext, 'say'>,
  message: Message,
): Promise<number> => {
  const workers = countWorkers(rig);
  await rig.modelFaults([{ id: 'unhurried', match: {}, fault: { kind: 'lateStart', ms: UNHURRIED_MS } }]);
  for (let wave = 0; wave < MOST_WAVES && workers() < WORKERS; wave += 1) {
    await sendWave(rig, message);
    say(`${workers()} of ${WORKERS} workers are there`);
  }
  await rig.modelFaults([]);
  return workers();
};

/** From now on. Other functions have secrets of their own. */
const countWorkers = (rig: Rig): (() => number) => {
  let count = 0;
  rig.onRequest((action, input) => {
    if (action === 'GetSecretValue' && JSON.stringify(input).includes(PROVIDER_KEYS)) count += 1;
  });
  return () => count;
};

/** Full batches for every worker, and for the one-job batches of `critical` two more in wait. */
const sendWave = async (rig: Rig, message: Message): Promise<void> => {
  const sent = await Promise.all(
    laneNames.map((lane) =>
      rig.send(
        lane,
        Array.from({ length: 3 * slotsOf(lane) }, () => message),
      ),
    ),
  );
  const jobIds = sent.flat();
  await Promise.all(jobIds.map((jobId) => rig.ended(jobId)));
};
