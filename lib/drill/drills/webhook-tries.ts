import type { Endpoint } from '../../pipeline/webhooks/endpoint.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { watchForLine } from '../rig/line-watch.ts';
import { type Letter, openQueues } from '../rig/queues.ts';
import type { Rig } from '../rig/rig.ts';
import { runJob } from '../rig/run-jobs.ts';
import { type Answer, answering, isSigned, openReceiver, type Receiver } from '../rig/webhook-receiver.ts';

/** 600 times as fast as by default, and a second at the least: 5 s, 5 min, 30 min, 2 h. */
const WAITS_SECONDS = [1, 1, 3, 12];
const TRIES = WAITS_SECONDS.length + 1;

/** An hour of that. */
const HOUR_MS = 6_000;

/** Longer than a try may take. */
const SLOW_MS = 11_000;

/** What a busy receiver asks for, in seconds: longer than the first wait and shorter than the longest. */
const BUSY_SECONDS = 4;

/** All waits, each a tenth longer and rounded up, and what a busy machine adds. In ms. */
const GIVEN_UP_WITHIN_MS = 60_000;

type Scene = { rig: Rig; context: DrillContext };

/** Each kind of receiver is a tenant's of its own; one job of each ends, and its event is sent. */
export const webhookTries = async (context: DrillContext): Promise<readonly Finding[]> => {
  await using opened = new AsyncDisposableStack();
  const open = async (answer?: Answer) => opened.use(await openReceiver(answer));
  const [healthy, slow, down, busy, trap, gone] = await Promise.all([
    open(),
    open(slowAtFirst),
    open(),
    open(busyAtFirst),
    open(),
    open(answering(410)),
  ]);
  const redirecting = await open(answering(302, { location: trap.endpoint.url }));
  const privately: Endpoint = { url: 'https://10.0.0.7/hooks', secrets: trap.endpoint.secrets };
  const receivers = { healthy, slow, down, busy, redirecting, gone };
  const webhooks = Object.fromEntries(
    Object.entries(receivers).map(([tenant, { endpoint }]) => [tenant, endpoint]),
  );
  const rig = await context.startRig({
    webhooks: { ...webhooks, privately },
    context: { webhookWaitsSeconds: JSON.stringify(WAITS_SECONDS) },
  });
  const scene = { rig, context };
  const findings = await Promise.all([
    slowReceiver(scene, slow, healthy),
    downReceiver(scene, down),
    busyReceiver(scene, busy),
    goneReceiver(scene, gone),
    neverDelivered(scene, [trap, redirecting]),
  ]);
  return [...findings.flat(), ...ofAll(Object.values(receivers))];
};

const slowAtFirst: Answer = (response, nth) => {
  setTimeout(() => answering(204)(response, nth), nth === 1 ? SLOW_MS : 0).unref();
};

const busyAtFirst: Answer = (response, nth) =>
  nth === 1
    ? answering(503, { 'retry-after': String(BUSY_SECONDS) })(response, nth)
    : answering(204)(response, nth);

const endJob = ({ rig }: Scene, tenantId: string) => runJob(rig, { tenantId });

const slowReceiver = async (scene: Scene, slow: Receiver, healthy: Receiver): Promise<Finding[]> => {
  const { signal } = scene.context;
  const timedOut = watchForLine(scene.rig, /"message":"webhook comes back".*"reason":"timeout"/);
  await endJob(scene, 'slow');
  await slow.asked(1, signal);
  const [askedAtMs = 0] = slow.receipts().map(({ atMs }) => atMs);
  await endJob(scene, 'healthy');
  await healthy.asked(1, signal);
  const [healthyAtMs = Infinity] = healthy.receipts().map(({ atMs }) => atMs);
  const wasCutOff = await timedOut.seenWithin(2 * SLOW_MS);
  await slow.asked(2, signal);
  return [
    equal('slow: the first try is given up', wasCutOff, true),
    triesOf('slow', slow, 2),
    {
      expected: 'slow: others are told meanwhile',
      found: `another tenant ${healthyAtMs - askedAtMs} ms after the slow one was asked`,
      holds: healthyAtMs - askedAtMs < SLOW_MS,
    },
  ];
};

const downReceiver = async (scene: Scene, down: Receiver): Promise<Finding[]> => {
  const { signal } = scene.context;
  const failed = watchForLine(scene.rig, /"message":"webhook comes back".*"reason":"connection-refused"/);
  await down.down();
  await endJob(scene, 'down');
  const hasFailed = await failed.seenWithin(SLOW_MS);
  await passed(HOUR_MS, signal);
  await down.up();
  await down.asked(1, signal);
  return [
    equal('down for an hour: tries fail', hasFailed, true),
    triesOf('down for an hour: when it is back', down, 1),
  ];
};

/** The outage itself: nothing else tells when it is over. */
const passed = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

const busyReceiver = async (scene: Scene, busy: Receiver): Promise<Finding[]> => {
  await endJob(scene, 'busy');
  await busy.asked(2, scene.context.signal);
  const [first = 0, second = 0] = busy.receipts().map(({ atMs }) => atMs);
  return [
    triesOf('busy', busy, 2),
    {
      expected: `busy: left alone for the ${BUSY_SECONDS} s that it asked for`,
      found: `${second - first} ms`,
      holds: second - first >= BUSY_SECONDS * 1_000,
    },
  ];
};

const goneReceiver = async (scene: Scene, gone: Receiver): Promise<Finding[]> => {
  const { signal } = scene.context;
  const disabled = watchForLine(scene.rig, /"message":"endpoint disabled"/);
  await endJob(scene, 'gone');
  await gone.asked(1, signal);
  const isDisabled = await disabled.seenWithin(SLOW_MS);
  const dropped = watchForLine(scene.rig, /"WebhooksDisabled":/);
  await endJob(scene, 'gone');
  return [
    equal('gone: its endpoint is disabled', isDisabled, true),
    equal('gone: the next event is counted', await dropped.seenWithin(SLOW_MS), true),
    triesOf('gone: and not sent', gone, 1),
  ];
};

/** Of an endpoint that redirects to another, and of one at a private address. */
const neverDelivered = async (
  scene: Scene,
  [trap, redirecting]: readonly [Receiver, Receiver],
): Promise<Finding[]> => {
  using queues = openQueues(scene.rig);
  const setAside = ['redirected', 'address-not-public'].map((reason) =>
    watchForLine(scene.rig, new RegExp(`"message":"webhook set aside".*"reason":"${reason}"`)),
  );
  await Promise.all(['redirecting', 'privately'].map((tenantId) => endJob(scene, tenantId)));
  await Promise.all(setAside.map((line) => line.seenWithin(GIVEN_UP_WITHIN_MS)));
  const letters = await queues.take('webhooks-dlq');
  return [
    equal('set aside, with the reason', letters.map(told).sort(), [
      'privately: address-not-public',
      'redirecting: redirected',
    ]),
    triesOf('redirecting', redirecting, TRIES),
    equal('where it leads to: requests', trap.receipts().length, 0),
  ];
};

const told = ({ body, reason }: Letter): string => `${JSON.parse(body).tenantId}: ${reason}`;

const triesOf = (what: string, { receipts }: Receiver, wanted: number): Finding =>
  equal(`${what}: times that the event has arrived`, receipts().length, wanted);

const ofAll = (receivers: readonly Receiver[]): Finding[] => {
  const all = receivers.flatMap((receiver) => receiver.receipts().map((receipt) => ({ receiver, receipt })));
  const signed = all.filter(({ receiver: { endpoint }, receipt }) =>
    endpoint.secrets.every((secret) => isSigned(receipt, secret)),
  );
  const named = all.filter(({ receipt: { headers, event } }) => headers['webhook-id'] === event.eventId);
  return [
    equal('requests whose signature the public library verifies', signed.length, all.length),
    equal('requests with the id of their event', named.length, all.length),
  ];
};
