import type { ProviderName } from '../../pipeline/model/model.ts';
import type { CallOutcome } from './usage.ts';

/** When a call came and went, to count calls per second, probes, and calls of one job. */
export type LoggedCall = {
  provider: ProviderName;
  model: string;
  /** Of the W3C trace context, to find the job that made the call. */
  traceId: string | undefined;
  /** Its span, which is the call's own. */
  callId: string | undefined;
  /** ms since 1970, as is the other. */
  startedAtMs: number;
  endedAtMs: number | undefined;
  outcome: CallOutcome | 'running';
};

export type EndCall = (outcome: CallOutcome) => void;

/** Calls in the order in which they came. */
export type CallLog = {
  start(call: Pick<LoggedCall, 'provider' | 'model' | 'traceId' | 'callId'>): EndCall;
  /** Those that started at that time or later. */
  since(ms: number): LoggedCall[];
  clear(): void;
};

/** Of more than `maxCalls` the oldest are forgotten. */
export const createCallLog = (now: () => number, maxCalls: number): CallLog => {
  let calls: LoggedCall[] = [];
  return {
    start(call) {
      const logged: LoggedCall = { ...call, startedAtMs: now(), endedAtMs: undefined, outcome: 'running' };
      calls.push(logged);
      // Moving the whole array for each call would cost more than the tenth by which it may be too long.
      if (calls.length >= maxCalls * 1.1) calls = calls.slice(-maxCalls);
      return (outcome) => {
        logged.outcome = outcome;
        logged.endedAtMs = now();
      };
    },
    since: (ms) => calls.slice(-maxCalls).filter((call) => call.startedAtMs >= ms),
    clear() {
      calls = [];
    },
  };
};
