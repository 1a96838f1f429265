import type { SqsMessage } from '../sqs/sqs-client.ts';

/** The messages of one receive, as they are to be handed over. */
export type Disturbance = {
  messages: readonly SqsMessage[];
  /** How long the next batch is held back. */
  holdMs(): number;
  /** Handed over a second time, each in an invocation of its own. */
  duplicates: readonly Duplicate[];
};

export type Duplicate = { message: SqsMessage; afterMs: number };

/** What is to go wrong between one queue and one function. */
export type DeliveryFaults = (messages: readonly SqsMessage[]) => Disturbance;
