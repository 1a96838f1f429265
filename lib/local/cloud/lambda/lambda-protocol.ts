import type { ToldName } from './told-names.ts';

/** What crosses the thread boundary between the local Lambda service and one execution environment. */

export type EnvironmentData = {
  codeDir: string;
  handler: string;
  functionName: string;
  functionArn: string;
  memoryMb: number;
  /** How far Date is ahead of this machine's clock in this environment. */
  clockSkewMs: number;
  /** A host whose addresses are made up. */
  toldName: ToldName | undefined;
};

export type Invocation = {
  requestId: string;
  event: string;
  deadlineMs: number;
  killPoint: KillPoint | undefined;
};

/** Where in its code an invocation is to halt, so that its environment can be killed there. */
export type KillPoint =
  | {
      kind: 'request';
      /** Before it is sent, or once its reply has arrived. */
      stage: 'before' | 'after';
      /** The first request of the invocation is 1. */
      ordinal: number;
      /** Counts these only: an AWS operation, or `model` for whatever is not AWS. */
      operation: string | undefined;
      /** Before the invocation returns, if it gets that far. */
      orBeforeReturn: boolean;
    }
  | { kind: 'return' };

export type EnvironmentMessage =
  | { kind: 'ready' }
  | { kind: 'returned'; payload: string }
  | { kind: 'failed'; errorType: string }
  /** The thread has come to its kill point and does nothing more. */
  | { kind: 'halted' };

/** Lambda's limit of what a function may return. */
export const MAX_RESPONSE_BYTES = 6_291_556;
