import { closeSync, openSync, writeSync } from 'node:fs';
import type { ProviderName, Usage } from '../../pipeline/model/model.ts';

/** Silence ends as `aborted` too: it lasts until the client hangs up. `throttled` is the server's own quota. */
export type CallOutcome =
  | 'answered'
  | 'incomplete'
  | 'refused'
  | 'malformed'
  | 'corrupt'
  | 'cut'
  | 'failed'
  | 'reset'
  | 'throttled'
  | 'aborted';

/** One call as the provider's bill would list it. No text of the prompt or the reply is ever in it. */
export type CallRecord = Usage & {
  /** In the order in which calls ended, from 1. */
  sequence: number;
  provider: ProviderName;
  model: string;
  tier: string;
  /** Of the W3C trace context, to find the job that made the call. */
  traceId: string | undefined;
  /** Its span: the id that the caller has given the call. */
  callId: string | undefined;
  /** ms since 1970. */
  endedAtMs: number;
  outcome: CallOutcome;
  billed: boolean;
  costMicroUsd: number;
};

export type UsageTotals = Usage & {
  calls: number;
  billedCalls: number;
  costMicroUsd: number;
  outcomes: Partial<Record<CallOutcome, number>>;
};

export type UsageReport = { totals: UsageTotals; records: CallRecord[] };

/** The provider's side of the accounts, to hold Relay's own against. */
export type UsageLog = {
  add(call: Omit<CallRecord, 'sequence'>): void;
  report(): UsageReport;
  clear(): void;
  close(): void;
};

/** Totals count every call; of the records the oldest are dropped beyond this many. */
const MAX_RECORDS = 100_000;

/** With a file, every billed call is also one JSON line there, written before the reply leaves. */
export const openUsageLog = (file?: string): UsageLog => {
  let descriptor = file === undefined ? undefined : openSync(file, 'a');
  let records: CallRecord[] = [];
  let totals = noUsage();
  return {
    add(call) {
      totals = sum(totals, call);
      const record = { sequence: totals.calls, ...call };
      records.push(record);
      if (records.length > MAX_RECORDS) records = records.slice(MAX_RECORDS / 10);
      if (call.billed && descriptor !== undefined) writeSync(descriptor, `${JSON.stringify(record)}\n`);
    },
    report: () => ({ totals, records }),
    clear() {
      records = [];
      totals = noUsage();
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor);
      descriptor = undefined;
    },
  };
};

const noUsage = (): UsageTotals => ({
  calls: 0,
  billedCalls: 0,
  costMicroUsd: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  outcomes: {},
});

const sum = (totals: UsageTotals, call: Omit<CallRecord, 'sequence'>): UsageTotals => ({
  calls: totals.calls + 1,
  billedCalls: totals.billedCalls + (call.billed ? 1 : 0),
  costMicroUsd: totals.costMicroUsd + call.costMicroUsd,
  inputTokens: totals.inputTokens + call.inputTokens,
  cachedInputTokens: totals.cachedInputTokens + call.cachedInputTokens,
  cacheWriteTokens: totals.cacheWriteTokens + call.cacheWriteTokens,
  outputTokens: totals.outputTokens + call.outputTokens,
  reasoningTokens: totals.reasoningTokens + call.reasoningTokens,
  outcomes: { ...totals.outcomes, [call.outcome]: (totals.outcomes[call.outcome] ?? 0) + 1 },
});
