import { type DrillContext, equal, type Finding } from '../drill.ts';
import { sizeOf } from '../history/watched-run.ts';
import { bringBackUntil } from '../rig/bring-back.ts';
import { faultHits } from '../rig/fault-hits.ts';
import { putWebhooks } from '../rig/put-webhooks.ts';
import type { Rig } from '../rig/rig.ts';
import { runJobs } from '../rig/run-jobs.ts';
import { isSigned, newSecret, openReceiver, type Receipt, type Receiver } from '../rig/webhook-receiver.ts';

const TENANT = 'tenant-drill';
const SENDER = 'send-webhooks';

/** The first senders die with all done but the word to Lambda; then many, before they have sent anything or after it. */
const kills = [
  {
    id: 'at-end',
    match: { functionName: SENDER, times: 3 },
    fault: { kind: 'kill', when: 'before-return' },
  },
  {
    id: 'anywhere',
    match: { functionName: SENDER, probability: 0.4 },
    fault: { kind: 'kill', when: 'after-request', request: { upTo: 4 } },
  },
];

/** Every sender dies of its next event, so that those after them have read the secret anew. */
const renewal = [
  {
    id: 'renewal',
    match: { functionName: SENDER },
    fault: { kind: 'kill', when: 'before-return' },
  },
];

/** A death costs a receive; some events meet several. */
const MOST_TRIES = 15;

export const webhookSecrets = async (context: DrillContext): Promise<readonly Finding[]> => {
  await using receiver = await openReceiver();
  const {
    secrets: [first = ''],
  } = receiver.endpoint;
  const second = newSecret();
  const rig = await context.startRig({ webhooks: { [TENANT]: receiver.endpoint } });
  const jobs = sizeOf(context, 30, 300);
  await rig.cloudFaults(kills);
  await bringBackUntil(rig, tellOf(rig, receiver, jobs, context.signal));
  const hits = await faultHits(rig);
  const deaths = kills.reduce((sum, { id }) => sum + (hits.get(id) ?? 0), 0);
  const beforeRotation = [...receiver.receipts()];
  const both = await afterRotation(rig, receiver, [second, first], context.signal);
  const one = await afterRotation(rig, receiver, [second], context.signal);
  const signedBy = (receipts: readonly Receipt[]) =>
    [first, second].map((secret) => receipts.every((receipt) => isSigned(receipt, secret)));
  return [
    ...atLeastOnce(beforeRotation, jobs, deaths),
    equal('before the rotation the first secret verifies, and the second', signedBy(beforeRotation), [
      true,
      false,
    ]),
    equal('while both are there, each', signedBy(both), [true, true]),
    equal('when the first is gone, the second alone', signedBy(one), [false, true]),
  ];
};

/** Resolves when every end of these jobs has been told. */
const tellOf = async (rig: Rig, receiver: Receiver, jobs: number, signal: AbortSignal): Promise<void> => {
  await runJobs(
    rig,
    Array.from({ length: jobs }, (_, index) => ({ creatorId: `creator-${index}` })),
    'high',
  );
  for (let times = jobs; told(receiver.receipts()).size < jobs; times = receiver.receipts().length + 1)
    await receiver.asked(times, signal);
};

const told = (receipts: readonly Receipt[]): ReadonlyMap<string, readonly Receipt[]> =>
  Map.groupBy(receipts, ({ event }) => event.jobId);

const atLeastOnce = (receipts: readonly Receipt[], jobs: number, deaths: number): Finding[] => {
  const most = Math.max(...[...told(receipts).values()].map(({ length }) => length));
  const ids = new Set(receipts.map(({ event }) => event.eventId));
  return [
    {
      expected: `the ends of ${jobs} jobs are told, each at least once and at most ${MOST_TRIES} times, while senders die`,
      found: `${told(receipts).size} told, ${most} times at most, ${deaths} senders dead`,
      holds: told(receipts).size === jobs && most <= MOST_TRIES && deaths > 0,
    },
    equal('ids of their events', ids.size, jobs),
  ];
};

/** An event that was signed after the tenant had these secrets. */
const afterRotation = async (
  rig: Rig,
  receiver: Receiver,
  secrets: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<readonly Receipt[]> => {
  await putWebhooks(rig, { [TENANT]: { ...receiver.endpoint, secrets: [...secrets] } });
  await rig.cloudFaults(renewal);
  const isNew = (receipt: Receipt): boolean =>
    isSigned(receipt, secrets[0]) && signaturesOf(receipt).length === secrets.length;
  await bringBackUntil(rig, nextLike(rig, receiver, isNew, signal));
  await rig.cloudFaults([]);
  return receiver.receipts().filter(isNew).slice(0, 1);
};

const signaturesOf = ({ headers }: Receipt): string[] => String(headers['webhook-signature']).split(' ');

/** The event that dying senders had is sent again by others, in the end by one that is new. */
const nextLike = async (
  rig: Rig,
  receiver: Receiver,
  isMeant: (receipt: Receipt) => boolean,
  signal: AbortSignal,
): Promise<void> => {
  await runJobs(rig, [{}]);
  while (!receiver.receipts().some(isMeant)) await receiver.asked(receiver.receipts().length + 1, signal);
};
