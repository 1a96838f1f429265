import { originalReceipt } from '../sqs/receipt.ts';
import type { SqsMessage } from '../sqs/sqs-client.ts';

/**
 * Which messages invocations hold, and which were left in flight by execution environments that died. The latter become
 * visible by themselves when their visibility ends; whoever cannot wait takes them from here.
 */
export type Deliveries = {
  started(batch: readonly SqsMessage[]): void;
  ended(queueUrl: string, batch: readonly SqsMessage[], environmentDied: boolean): void;
  /** Receipts of messages that no invocation holds any more, because their environments died; forgets them. */
  takeOrphans(queueUrl: string): string[];
  count(): { held: number; orphaned: number };
};

/** A batch that is handed to an invocation, and the invocation's end; both have the same number. */
export type DeliveryEvent =
  | { kind: 'started'; delivery: number; batch: readonly SqsMessage[] }
  | { kind: 'ended'; delivery: number; environmentDied: boolean };

/** Of more orphans the oldest are forgotten: by then their visibility has long ended. */
const MAX_ORPHANS = 20_000;

export const createDeliveries = (onEvent: (event: DeliveryEvent) => void = () => undefined): Deliveries => {
  const numberOf = numbering();
  /** Invocations by receipt; queue URLs by receipt. */
  const held = new Map<string, number>();
  const orphans = new Map<string, string>();
  return {
    started: (batch) => {
      onEvent({ kind: 'started', delivery: numberOf(batch), batch });
      for (const receipt of receiptsOf(batch)) held.set(receipt, (held.get(receipt) ?? 0) + 1);
    },
    ended: (queueUrl, batch, environmentDied) => {
      onEvent({ kind: 'ended', delivery: numberOf(batch), environmentDied });
      for (const receipt of receiptsOf(batch)) {
        letGo(held, receipt);
        if (environmentDied) orphans.set(receipt, queueUrl);
      }
      forgetOldest(orphans);
    },
    takeOrphans: (queueUrl) => {
      const taken = [...orphans].filter(([receipt, url]) => url === queueUrl && !held.has(receipt));
      for (const [receipt] of taken) orphans.delete(receipt);
      return taken.map(([receipt]) => receipt);
    },
    count: () => ({ held: held.size, orphaned: orphans.size }),
  };
};

/** From 1, in the order in which batches are first seen. */
const numbering = () => {
  const numbers = new WeakMap<readonly SqsMessage[], number>();
  let last = 0;
  return (batch: readonly SqsMessage[]): number => {
    const known = numbers.get(batch);
    if (known !== undefined) return known;
    last += 1;
    numbers.set(batch, last);
    return last;
  };
};

/** Both deliveries of a duplicated message hold the same receipt. */
const receiptsOf = (batch: readonly SqsMessage[]): string[] =>
  batch.map(({ ReceiptHandle }) => originalReceipt(ReceiptHandle));

const letGo = (held: Map<string, number>, receipt: string): void => {
  const left = (held.get(receipt) ?? 1) - 1;
  if (left === 0) held.delete(receipt);
  else held.set(receipt, left);
};

const forgetOldest = (orphans: Map<string, string>): void => {
  for (const receipt of orphans.keys()) {
    if (orphans.size <= MAX_ORPHANS) return;
    orphans.delete(receipt);
  }
};
