import { groupSchema } from '../../pipeline/alerts/group.ts';
import { alertBody } from '../../pipeline/alerts/message-body.ts';
import { createDynamoDbFleetStore } from '../../runtime/dynamodb-fleet-store.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { type HappyPath, type KillPoint, pointsOn } from '../history/kill-points.ts';
import { bringBackUntil } from '../rig/bring-back.ts';
import { type NoticeBox, openNoticeBox } from '../rig/notice-box.ts';
import { openQueues, type Queues } from '../rig/queues.ts';
import type { Rig } from '../rig/rig.ts';

const AGGREGATOR = 'group-alerts';

type Scene = { rig: Rig; box: NoticeBox; queues: Queues; batches: Batches; sent: string[] };

/**
 * Kills the aggregator at each point of the path that a first critical alert takes, each time with an alert of a group of
 * its own in hand. What the dead ones held comes back when all have died.
 */
export const aggregatorKilled = async (context: DrillContext): Promise<readonly Finding[]> => {
  // A sweep of all groups every 20 s.
  const rig = await context.startRig({ alarmTimeScale: 3 });
  using queues = openQueues(rig);
  using box = await openNoticeBox(rig);
  const scene: Scene = { rig, box, queues, batches: watchBatches(rig), sent: [] };
  const path = await recordPath(scene);
  context.say(`requests of the aggregator for an alert: ${path.join(', ')}`);
  const points = new Map<string, KillPoint>();
  for (const point of [...pointsOn(path), beforeReturn(path)]) points.set(await killAt(scene, point), point);
  await rig.cloudFaults([]);
  context.say(`${points.size} aggregators are dead; their alerts come back`);
  const limit = AbortSignal.any([AbortSignal.timeout(LIMIT_MS), context.signal]);
  await bringBackUntil(rig, allTold(scene, limit));
  return judge(scene, path, points);
};

/** The lease of a pending notice, a sweep and what a busy machine adds, several times over. */
const LIMIT_MS = 150_000;

const beforeReturn = (path: HappyPath): KillPoint => ({
  name: 'before the return',
  request: path.length + 1,
  isAfter: false,
  kill: { when: 'before-return' },
});

/** Sends a first critical alert of a group of its own; the group's name. */
const sendAlert = async ({ queues, sent }: Scene): Promise<string> => {
  const name = `drill-${sent.length + 1}`;
  sent.push(name);
  const alert = { name, severity: 'critical', state: 'firing', labels: {}, atMs: Date.now() } as const;
  await queues.send('alerts', alertBody(alert));
  return name;
};

/** Batches that the aggregator has in hand. */
type Batches = {
  /** Resolves when the next batch that holds this text is over: whether its environment died. */
  over(text: string): Promise<boolean>;
};

const watchBatches = (rig: Rig): Batches => {
  const bodies = new Map<number, string>();
  const waiting = new Map<string, (died: boolean) => void>();
  rig.onDelivery((event) => {
    if (event.kind === 'started') {
      bodies.set(event.delivery, event.batch.map(({ Body }) => Body).join());
      return;
    }
    for (const [text, resolve] of waiting) {
      if (!bodies.get(event.delivery)?.includes(text)) continue;
      waiting.delete(text);
      resolve(event.environmentDied);
    }
  });
  return { over: (text) => new Promise((resolve) => waiting.set(text, resolve)) };
};

/** How often another alert is sent when a sweep came between. */
const MOST_TRIES = 4;

const nextAlert = (scene: Scene): string => `"drill-${scene.sent.length + 1}"`;

/** Every request of a run for one alert, in order. */
const recordPath = async (scene: Scene): Promise<HappyPath> => {
  const requests: string[] = [];
  scene.rig.onRequest((action, input) => {
    const table = input && 'TableName' in input ? String(input.TableName) : '';
    if (table === 'relay-local-alerts') requests.push(`${action} alerts`);
    else if (action === 'PublishBatch' || action === 'SendMessage') requests.push(action);
  });
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    requests.length = 0;
    const over = scene.batches.over(nextAlert(scene));
    await sendAlert(scene);
    await over;
    const path = [...requests];
    if (path.filter((name) => name === 'Query alerts').length === QUERIES) return path;
  }
  throw new Error('a sweep has come between each time');
};

/** Of groups and of silences. */
const QUERIES = 2;

/** Kills the aggregator at that point with an alert in hand; the alert's name. */
const killAt = async (scene: Scene, { kill, name: point }: KillPoint): Promise<string> => {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const match = { functionName: AGGREGATOR, times: 1 };
    await scene.rig.cloudFaults([{ id: 'kill', match, fault: { kind: 'kill', ...kill } }]);
    const over = scene.batches.over(nextAlert(scene));
    const name = await sendAlert(scene);
    if (await over) return name;
  }
  throw new Error(`no aggregator of ${MOST_TRIES} came to the point "${point}"`);
};

/** Resolves when every alert is in a notice and none is on its way, or when the signal aborts. */
const allTold = async ({ rig, box, sent }: Scene, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const hasRead = await box.read();
    const told = new Set(box.notices().map(({ name }) => name));
    if (!hasRead && sent.every((name) => told.has(name)) && (await pendingIn(rig)) === 0) return;
  }
};

/** Notices that are decided and not known to be published. */
const pendingIn = async ({ dynamodb: client }: Rig): Promise<number> => {
  const store = createDynamoDbFleetStore({ client, tableName: 'relay-local-alerts', now: Date.now });
  const groups = (await store.list('group')).map(({ value }) => groupSchema.parse(value));
  return groups.filter(({ pending }) => pending !== undefined).length;
};

const judge = (
  { box, sent }: Scene,
  path: HappyPath,
  points: ReadonlyMap<string, KillPoint>,
): readonly Finding[] => {
  const notices = box.notices().filter(({ name }) => sent.includes(name));
  const told = new Set(notices.map(({ name }) => name));
  const copies = Map.groupBy(notices, ({ id }) => id);
  const repeated = [...copies.values()].filter(({ length }) => length > 1);
  const names = repeated.flatMap(([notice]) => notice?.name ?? []);
  return [
    equal('aggregators killed, one at each point', points.size, 2 * path.length + 1),
    equal(
      'alerts that no notice tells of',
      sent.filter((name) => !told.has(name)),
      [],
    ),
    {
      expected:
        'a death tells one notice twice at most, and only between telling it and writing that it is told',
      found: `${repeated.length} twice: ${names.map((name) => points.get(name)?.name ?? name).join('; ')}`,
      holds:
        repeated.every(({ length }) => length === 2) &&
        new Set(names).size === names.length &&
        names.every((name) => isBetween(points.get(name), path)),
    },
  ];
};

/** From the moment at which SNS may have the notice until the record says so. */
const isBetween = (point: KillPoint | undefined, path: HappyPath): boolean => {
  if (point === undefined) return false;
  const told = path.indexOf('PublishBatch') + 1;
  const written = path.lastIndexOf('UpdateItem alerts') + 1;
  const { request, isAfter } = point;
  return isAfter ? request >= told && request < written : request > told && request <= written;
};
