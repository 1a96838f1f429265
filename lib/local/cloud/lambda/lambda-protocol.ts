/** What crosses the thread boundary between the local Lambda service and one execution environment. */

export type EnvironmentData = {
  codeDir: string;
  handler: string;
  functionName: string;
  functionArn: string;
  memoryMb: number;
};

export type Invocation = { requestId: string; event: string; deadlineMs: number };

export type EnvironmentMessage =
  | { kind: 'ready' }
  | { kind: 'returned'; payload: string }
  | { kind: 'failed'; errorType: string };
