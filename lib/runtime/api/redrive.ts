import type { LaneName } from '../../pipeline/job/lane.ts';
import type { Clock } from '../../pipeline/ports.ts';
import type { DeadLetter } from './dead-letter.ts';
import { BATCH, type LaneDesk } from './lane-desk.ts';
import type { LaneSender } from './lane-sender.ts';

export type RedrivePorts = {
  desk: Pick<LaneDesk, 'receive' | 'remove' | 'putBack'>;
  lanes: LaneSender;
  clock: Pick<Clock, 'now'>;
};

export type RedriveOrder = {
  lane: LaneName;
  isMeant(letter: DeadLetter): boolean;
  dryRun: boolean;
  remainingMs(): number;
};

/** What was done. `complete`: all that were there when it began were looked at. `failure`: what ended it too early. */
export type Redriven = {
  matched: number;
  moved: number;
  left: number;
  complete: boolean;
  failure?: unknown;
};

/** What must be left of an invocation for ten letters more, to put back what was not meant, and to answer. In ms. */
const RESERVE_MS = 10_000;

/** What must be left for a last call and the answer, in ms. */
const ANSWER_MARGIN_MS = 3_000;

/** Calls at a time when letters are put back. */
const PARALLEL = 8;

/**
 * Looks through a lane's dead letters and sends back those that are meant: each is in its lane before it is deleted, so
 * whoever dies in between leaves two copies of one job. Letters that were looked at stay hidden meanwhile; those of a
 * redrive without time for all stay so for another moment, and the next one goes on behind them. Never rejects.
 */
export const redrive = async (ports: RedrivePorts, order: RedriveOrder): Promise<Redriven> => {
  const done: Redriven = { matched: 0, moved: 0, left: 0, complete: false };
  const toPutBack: DeadLetter[] = [];
  const beganAtMs = ports.clock.now();
  try {
    while (!done.complete && order.remainingMs() > RESERVE_MS) {
      const letters = await ports.desk.receive(order.lane);
      // What was sent back and set aside again meanwhile would go round and round.
      const meant = letters.filter((letter) => letter.sentAtMs <= beganAtMs && order.isMeant(letter));
      done.complete = letters.length === 0;
      done.matched += meant.length;
      done.left += letters.length - meant.length;
      toPutBack.push(...letters.filter((letter) => order.dryRun || !meant.includes(letter)));
      if (!order.dryRun) await sendAllBack(ports, order.lane, meant, done);
    }
  } catch (error) {
    done.failure = error;
  }
  if (order.dryRun || done.complete || done.failure) await putBack(ports.desk, order, toPutBack);
  return done;
};

/** One that fails does not keep the others of its batch; the first failure is the caller's. */
const sendAllBack = async (
  { desk, lanes }: RedrivePorts,
  lane: LaneName,
  letters: readonly DeadLetter[],
  done: Redriven,
): Promise<void> => {
  const sent = await Promise.allSettled(
    letters.map(async (letter) => {
      await lanes.send({ lane, ...letter.message });
      done.moved += 1;
      await desk.remove(lane, letter);
    }),
  );
  for (const result of sent) if (result.status === 'rejected') throw result.reason;
};

/** Whoever is not put back, for want of time or because SQS fails, comes back when it is not hidden any more. */
const putBack = async (
  desk: RedrivePorts['desk'],
  { lane, remainingMs }: RedriveOrder,
  letters: readonly DeadLetter[],
): Promise<void> => {
  const batches = Array.from({ length: Math.ceil(letters.length / BATCH) }, (_, index) =>
    letters.slice(index * BATCH, (index + 1) * BATCH),
  );
  const worker = async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      if (remainingMs() < ANSWER_MARGIN_MS) return;
      await desk.putBack(lane, batch);
    }
  };
  await Promise.allSettled(Array.from({ length: PARALLEL }, worker));
};
