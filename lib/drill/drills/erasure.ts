import type { JobMessage } from '../../pipeline/job/job-message.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import type { PrivacyRight } from '../../pipeline/privacy/privacy-request.ts';
import { createLimiter } from '../../runtime/limiter.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { atLeast } from '../findings.ts';
import { lanesEmpty, shortLease, sizeOf, startWatchedRun, type WatchedRun } from '../history/watched-run.ts';
import { createApiClient } from '../rig/api-client.ts';
import { bringBackUntil } from '../rig/bring-back.ts';
import { type ContentScan, createContentScan } from '../rig/content-scan.ts';
import { faultHits } from '../rig/fault-hits.ts';
import { type FetchedExport, fetchExport } from '../rig/fetched-export.ts';
import { jobsNaming } from '../rig/jobs-naming.ts';
import { keepVersion, type OlderVersion } from '../rig/older-version.ts';
import { carriedOut, order, replayErasures } from '../rig/privacy-order.ts';
import { openQueues } from '../rig/queues.ts';
import { ERASED } from '../rig/show-row.ts';

const TENANT = 'tenant-erasure';
const FAN = 'fan-to-be-erased';

/** Stands in everything that the fan has written, and in nothing else. */
const WORD = 'kanari-7f3a9c51';

const atRandomRequest = (upTo: number) => ({ kind: 'kill', when: 'after-request', request: { upTo } });

const faults = [
  {
    id: 'kill-eraser',
    match: { functionName: 'answer-privacy-requests', probability: 0.2 },
    fault: atRandomRequest(20),
  },
  { id: 'kill-worker', match: { probability: 0.02 }, fault: atRandomRequest(10) },
  { id: 'duplicate', match: { probability: 0.05 }, fault: { kind: 'duplicate', afterMs: 50 } },
];

const messageOf = (index: number, isOfFan: boolean): Partial<JobMessage> => {
  const content = `message ${index}${isOfFan ? ` ${WORD}` : ''}`;
  return {
    ...shortLease,
    tenantId: TENANT,
    creatorId: `creator-${index}`,
    subjectRefs: [isOfFan ? FAN : `fan-${index}`],
    input: { messages: [{ role: 'user', content }] },
    metadata: { note: isOfFan ? WORD : 'none' },
  };
};

type Sent = { ofFan: string[]; ofOthers: string[] };

/** Every nth is of the fan, in all lanes alike. */
const sendSome = async (
  run: WatchedRun,
  [from, to]: readonly [number, number],
  every: number,
): Promise<Sent> => {
  const sent: Sent = { ofFan: [], ofOthers: [] };
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  for (const [at, lane] of laneNames.entries()) {
    const mine = numbers.filter((index) => index % laneNames.length === at);
    const isOfFan = (index: number) => Math.floor(index / laneNames.length) % every === 0;
    const ids = await run.send(
      lane,
      mine.map((index) => messageOf(index, isOfFan(index))),
    );
    ids.forEach((id, place) => {
      (isOfFan(mine[place] ?? 0) ? sent.ofFan : sent.ofOthers).push(id);
    });
  }
  return sent;
};

/** Places that an export has no line for, and where nothing is sealed: all but dead letters and the export's own objects. */
const unexported = (places: readonly string[]): string[] =>
  places.filter(
    (place) =>
      !place.startsWith('the object ') && !/^a message in (critical|high|medium|low)-dlq$/.test(place),
  );

/** Whether an export has what the scan has found of the fan just before and just after. */
const complete = (
  exported: FetchedExport,
  { before, atExport }: { before: ReadonlySet<string>; atExport: readonly string[] },
): Finding[] => [
  equal(
    'jobs of the fan with a row that are not in the export',
    [...before].filter((id) => !exported.jobs.has(id)),
    [],
  ),
  equal(
    'dead letters of the fan, as the scan and the export count them',
    [atExport.filter((place) => place.endsWith('-dlq')).length, exported.deadLetters],
    [1, 1],
  ),
  equal('places that have a word of the fan and are not what is exported', unexported(atExport), []),
  equal('objects and lines that manifest and schema do not take', exported.faults, []),
];

/** Answers of others that can be read, with the keys that there are. */
const answersLeft = async ({ rig }: Pick<WatchedRun, 'rig'>, jobIds: readonly string[]): Promise<number> => {
  const limit = createLimiter(READS_AT_ONCE);
  const rows = await Promise.all(jobIds.map((id) => limit(() => rig.row(id))));
  return rows.filter((row) => row?.answer !== undefined && row.answer.text !== ERASED).length;
};

const READS_AT_ONCE = 10;

/** The order and the runs that follow die so often, each after some request of its own. */
const REPLAY_DEATHS = 5;
const replayFaults = [
  {
    id: 'kill-replay',
    match: { functionName: 'answer-privacy-requests', times: REPLAY_DEATHS },
    fault: atRandomRequest(8),
  },
];

type Restored = { scan: ContentScan; version: OlderVersion; ofFan: number; signal: AbortSignal };

/** The jobs table is restored to before the erasure: what comes back is erased again. */
const replayAfter = async (
  { rig }: WatchedRun,
  { scan, version, ofFan, signal }: Restored,
): Promise<Finding[]> => {
  const restored = await version.restore();
  const back = await jobsNaming(rig, FAN);
  const readable = await answersLeft({ rig }, [...back]);
  const words = await scan.all();
  await rig.cloudFaults(replayFaults);
  await replayErasures(rig, TENANT, signal);
  const deaths = await faultHits(rig);
  await rig.cloudFaults([]);
  return [
    equal(
      'rows of the fan that a restore brings back, and answers in them that can be read',
      [restored, readable],
      [ofFan, 0],
    ),
    equal(
      'rows that name the fan then, and after the replay',
      [back.size, (await jobsNaming(rig, FAN)).size],
      [ofFan, 0],
    ),
    equal('deaths meanwhile', [...deaths.values()], [REPLAY_DEATHS]),
    equal(
      'places that have a word of the fan then, and after the replay',
      [words, await scan.all()],
      [[], []],
    ),
  ];
};

/** Longer than a worker has a job of these. */
const SETTLE_SECONDS = 8;

/**
 * A fan is erased while jobs run, and workers and the eraser die. First the export of half of the fan's jobs is held
 * against a scan of all tables, queues, objects and lines; then the other half is sent, and the erasure ordered. After the
 * receipt the same scan finds nothing but what lies in a lane as it was sent, and no more when lanes are empty and dead
 * letters were sent back, nor when the jobs table was restored to before and the erasure replayed, by runs that die.
 */
export const erasure = async (context: DrillContext): Promise<readonly Finding[]> => {
  const [jobs, ofFan] = [sizeOf(context, 300, 5_000), sizeOf(context, 20, 200)];
  const run = await startWatchedRun(context, { context: { erasureSettleSeconds: String(SETTLE_SECONDS) } });
  const scan = await createContentScan(run.rig, WORD);
  const scopes = ['privacy:write', 'ops:write'];
  const api = createApiClient(run.rig, await run.rig.token({ tenantId: TENANT, scopes }), context.signal);
  await run.rig.cloudFaults(faults);
  const every = jobs / ofFan;
  const early = await sendSome(run, [0, jobs / 2], every);
  using queues = openQueues(run.rig);
  await queues.send('low-dlq', JSON.stringify({ ...messageOf(jobs, true), unknown: 'field' }));
  await bringBackUntil(run.rig, run.witness.allEnded(early.ofFan, context.signal));
  const before = await jobsNaming(run.rig, FAN);
  const answered = async (right: PrivacyRight) => {
    const asked = await order(api, { right, subject: { kind: 'fan', ref: FAN } });
    return carriedOut(run.rig, api, asked, context.signal);
  };
  const version = await keepVersion(run.rig, 'relay-local-jobs', 'jobId');
  const exported = await fetchExport((await answered('access')).export);
  const atExport = await scan.besideLanes();
  const late = await sendSome(run, [jobs / 2, jobs], every);
  context.say(
    `${exported.jobs.size} jobs of the fan are exported; it is erased while ${jobs / 2} others run`,
  );
  const erased = await bringBackUntil(run.rig, answered('erasure'));
  const atReceipt = await scan.besideLanes(); // a plain message lies in its lane until a worker takes it, or its retention ends
  const namedThen = await jobsNaming(run.rig, FAN);
  const ofOthers = [...early.ofOthers, ...late.ofOthers];
  await bringBackUntil(run.rig, run.witness.allEnded(ofOthers, context.signal));
  const hits = await faultHits(run.rig);
  await run.rig.cloudFaults([]);
  for (const lane of laneNames) await api.ask('POST', `/v1/lanes/${lane}/redrive`, { all: true });
  await bringBackUntil(run.rig, lanesEmpty(run.rig, context.signal));
  return [
    ...complete(exported, { before, atExport }),
    atLeast('jobs of the fan in the export', exported.jobs.size, early.ofFan.length, 'jobs'),
    equal(
      'the erasure, and whether it has a signed receipt',
      [erased.status, erased.receipt !== undefined],
      ['completed', true],
    ),
    equal('places beside the lanes that have a word of the fan after the receipt', atReceipt, []),
    equal('rows of jobs that name it then', [...namedThen], []),
    equal(
      'places that have one when lanes are empty, and all dead letters were sent back',
      await scan.all(),
      [],
    ),
    ...(await replayAfter(run, { scan, version, ofFan: early.ofFan.length, signal: context.signal })),
    equal(
      'jobs of others with an answer that can be read',
      await answersLeft(run, ofOthers),
      ofOthers.length,
    ),
    atLeast(
      'deaths and duplicates meanwhile',
      [...hits.values()].reduce((sum, hit) => sum + hit, 0),
      1,
      'faults',
    ),
  ];
};
