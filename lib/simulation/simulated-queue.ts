import type { Job } from '../pipeline/job/job.ts';
import type { Random } from '../seeded-random.ts';
import type { Scheduler } from './scheduler.ts';

/** One message of a lane. A receipt is one delivery of it. */
export type Receipt = { job: Job; receives: number };

/** A standard queue: at least once, in about the order of sending, hidden while somebody works on it. */
export type SimulatedQueue = {
  send(job: Job): void;
  receive(): Promise<Receipt>;
  acknowledge(receipt: Receipt): void;
  sendBack(receipt: Receipt, delayMs: number): void;
  /** Messages that are neither acknowledged nor dead. */
  waiting(): number;
};

export type QueueRules = {
  visibilityMs: number;
  maxReceives: number;
  /** How likely a delivery is made twice. */
  duplicateShare: number;
  onDead(receipt: Receipt): void;
};

type Message = { job: Job; receives: number; isGone: boolean; isListed: boolean; hiddenUntilMs: number };

/** How far out of order a message may be delivered. */
const REORDER_WINDOW = 4;

/** The longest that a second delivery of the same message lags behind, in ms. */
const DUPLICATE_LAG_MS = 3_000;

export const simulatedQueue = (
  { clock, sleep }: Scheduler,
  random: Random,
  rules: QueueRules,
): SimulatedQueue => {
  const visible: Message[] = [];
  const pollers: ((receipt: Receipt) => void)[] = [];
  const messageOf = new WeakMap<Receipt, Message>();
  let waiting = 0;

  const show = (message: Message): void => {
    if (message.isGone || message.isListed) return;
    message.isListed = true;
    visible.push(message);
    deliver();
  };
  const showAt = async (message: Message, atMs: number): Promise<void> => {
    await sleep(atMs - clock.now());
    if (message.hiddenUntilMs <= clock.now()) show(message);
  };
  const hide = (message: Message, forMs: number): void => {
    message.hiddenUntilMs = clock.now() + forMs;
    void showAt(message, message.hiddenUntilMs);
  };
  const drop = (message: Message): void => {
    if (message.isGone) return;
    message.isGone = true;
    waiting -= 1;
  };
  const take = (): Message | undefined => {
    const [message] = visible.splice(random.between(0, Math.min(REORDER_WINDOW, visible.length) - 1), 1);
    if (message === undefined) return undefined;
    message.isListed = false;
    if (message.isGone) return take();
    message.receives += 1;
    if (message.receives <= rules.maxReceives) return message;
    drop(message);
    rules.onDead({ job: message.job, receives: message.receives });
    return take();
  };
  const deliver = (): void => {
    while (pollers.length > 0 && visible.length > 0) {
      const message = take();
      const poller = message && pollers.shift();
      if (message === undefined || poller === undefined) return;
      hide(message, rules.visibilityMs);
      if (random.chance(rules.duplicateShare)) {
        void sleep(random.next() * DUPLICATE_LAG_MS).then(() => show(message));
      }
      const receipt = { job: message.job, receives: message.receives };
      messageOf.set(receipt, message);
      poller(receipt);
    }
  };
  const withMessage = (receipt: Receipt, act: (message: Message) => void): void => {
    const message = messageOf.get(receipt);
    if (message !== undefined) act(message);
  };
  return {
    send: (job) => {
      waiting += 1;
      show({ job, receives: 0, isGone: false, isListed: false, hiddenUntilMs: 0 });
    },
    receive: () =>
      new Promise((resolve) => {
        pollers.push(resolve);
        deliver();
      }),
    acknowledge: (receipt) => withMessage(receipt, drop),
    sendBack: (receipt, delayMs) => withMessage(receipt, (message) => hide(message, delayMs)),
    waiting: () => waiting,
  };
};
