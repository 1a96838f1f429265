import { seededRandom } from '../../../seeded-random.ts';
import type { DeliveryFaults, Disturbance } from '../lambda/delivery-faults.ts';
import { secondReceipt } from '../sqs/receipt.ts';
import type { SqsMessage } from '../sqs/sqs-client.ts';
import { endsWith, type RuleBook, type Target } from './rule-book.ts';

/** What may happen to the messages on their way from a queue to a function. */
export const deliveryFaults = (
  rules: RuleBook,
  names: { functionName: string; queueName: string },
): DeliveryFaults => {
  const target: Target = {
    functionName: names.functionName,
    fits: ({ match }) => endsWith(names.queueName, match.queue),
  };
  return (messages) =>
    messages.length === 0
      ? undisturbed(messages)
      : { ...reorder(rules, target, messages), duplicates: duplicatesOf(rules, target, messages) };
};

const undisturbed = (messages: readonly SqsMessage[]): Disturbance => ({
  messages,
  holdMs: () => 0,
  duplicates: [],
});

const reorder = (rules: RuleBook, target: Target, messages: readonly SqsMessage[]) => {
  const strike = rules.strike(['reorder'], target);
  if (strike === undefined) return undisturbed(messages);
  strike.happened();
  const random = seededRandom(Math.floor(strike.draw('order') * 2 ** 32));
  const inTurn = messages.map((message) => ({ message, turn: random.next() }));
  return {
    messages: inTurn.sort((one, other) => one.turn - other.turn).map(({ message }) => message),
    holdMs: () => random.next() * strike.fault.ms,
  };
};

const duplicatesOf = (rules: RuleBook, target: Target, messages: readonly SqsMessage[]) =>
  messages.flatMap((message) => {
    const strike = rules.strike(['duplicate'], target);
    strike?.happened();
    return strike === undefined ? [] : [{ message: again(message), afterMs: strike.fault.afterMs }];
  });

/** As from a replica of the queue that has not learned of the first delivery: the same counts and times. */
const again = (message: SqsMessage): SqsMessage => ({
  ...message,
  ReceiptHandle: secondReceipt(message.ReceiptHandle),
});
