import { MAX_MESSAGE_BYTES } from '../../pipeline/job/job-message.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { isDeath } from '../history/claims.ts';
import { nothingLostOrDoubled, shortLease, sizeOf, startWatchedRun } from '../history/watched-run.ts';
import type { Sight } from '../history/witness.ts';
import { type DeadLetter, openLaneQueues } from '../rig/lane-queues.ts';

const LANE = 'low';

/** Of each reason that a message may be refused for. */
const poisons: readonly (readonly [reason: string, body: string])[] = [
  ['not-json', '{"tenantId":'],
  ['invalid', '[]'],
  ['invalid', JSON.stringify({ tenantId: 'tenant-drill', surprise: true })],
  ['too-large', ' '.repeat(MAX_MESSAGE_BYTES + 1)],
];

/** Some workers die before any request, some just after a poison has been copied and before it is deleted. */
const kills = [
  {
    id: 'after-copy',
    match: { probability: 0.25 },
    fault: { kind: 'kill', when: 'after-request', request: 1, operation: 'SendMessage' },
  },
  {
    id: 'anywhere',
    match: { probability: 0.15 },
    fault: { kind: 'kill', when: 'before-request', request: { upTo: 10 } },
  },
];

/** Sends messages that are no jobs among good ones while workers die. */
export const poison = async (context: DrillContext): Promise<readonly Finding[]> => {
  const run = await startWatchedRun(context);
  const rounds = sizeOf(context, 15, 100);
  const reasons = new Map<string, string>();
  using queues = openLaneQueues(run.rig);
  await run.rig.cloudFaults(kills);
  for (let round = 0; round < rounds; round += 1) {
    await run.send(LANE, [shortLease, shortLease, shortLease]);
    const ids = await queues.sendBodies(
      LANE,
      poisons.map(([, body]) => body),
    );
    ids.forEach((id, index) => void reasons.set(id, poisons[index]?.[0] ?? ''));
  }
  const judgement = await run.judge();
  return [
    ...nothingLostOrDoubled(judgement, run.sent.length),
    ...copies(reasons, judgement.deadLetters, hitByKill(run.witness.sights())),
  ];
};

/** Messages that a worker had when it died. */
const hitByKill = (sights: readonly Sight[]): ReadonlySet<string> => {
  const died = new Set(sights.flatMap((sight) => (isDeath(sight) ? [sight.invocation] : [])));
  return new Set(
    sights.flatMap((sight) =>
      sight.kind === 'delivered' && died.has(sight.invocation)
        ? sight.messages.map(({ jobId }) => jobId)
        : [],
    ),
  );
};

const copies = (
  reasons: ReadonlyMap<string, string>,
  letters: readonly DeadLetter[],
  hit: ReadonlySet<string>,
): Finding[] => {
  const found = [...reasons].map(([id, reason]) => ({
    wasHit: hit.has(id),
    copies: letters.filter(({ sourceMessageId, reason: said }) => sourceMessageId === id && said === reason)
      .length,
  }));
  const spared = found.filter(({ wasHit }) => !wasHit);
  const struck = found.filter(({ wasHit }) => wasHit);
  return [
    equal(
      'poisoned messages that no kill hit, with exactly one dead letter and its reason',
      spared.filter(({ copies }) => copies === 1).length,
      spared.length,
    ),
    {
      expected: 'those that a kill hit have one at least',
      found: `${struck.filter(({ copies }) => copies > 0).length} of ${struck.length}, ${struck.filter(({ copies }) => copies > 1).length} of them more`,
      holds: struck.length > 0 && struck.every(({ copies }) => copies > 0),
    },
    equal(
      'dead letters of anything else',
      letters.filter(({ sourceMessageId = '' }) => !reasons.has(sourceMessageId)).length,
      0,
    ),
  ];
};
