import type { OnRequest } from '../local/cloud/aws-request.ts';
import { refusal } from '../local/cloud/json-service.ts';

/** Counts the AWS requests of functions, and holds the event source mappings back until it is opened. */
export type RequestTally = {
  onRequest: OnRequest;
  /** Begins to count anew. Until then mappings may not receive, so that queues can be filled while nothing is taken from them. */
  open(): void;
  close(): void;
  /** When a mapping first asked for messages after the opening, on the clock given. */
  firstReceiveAtMs(): number | undefined;
  /** Every call of every service, retries and calls of a cold start included. */
  callsOf(functionName: string): number;
};

export const createRequestTally = (now: () => number): RequestTally => {
  const calls = new Map<string, number>();
  let isOpen = false;
  let firstReceiveAtMs: number | undefined;
  const receive = () => {
    // The mapping takes it for a fault of SQS and asks again a second later.
    if (!isOpen) throw refusal('ThrottlingException', 'the lanes are being filled');
    firstReceiveAtMs ??= now();
  };
  return {
    onRequest: ({ action, caller }) => {
      switch (caller.kind) {
        case 'function':
          calls.set(caller.functionName, (calls.get(caller.functionName) ?? 0) + 1);
          break;
        case 'event-source-mapping':
          if (action === 'ReceiveMessage') receive();
          break;
        case 'outside':
          break;
      }
    },
    open: () => {
      isOpen = true;
      calls.clear();
      firstReceiveAtMs = undefined;
    },
    close: () => {
      isOpen = false;
    },
    firstReceiveAtMs: () => firstReceiveAtMs,
    callsOf: (functionName) => calls.get(functionName) ?? 0,
  };
};
