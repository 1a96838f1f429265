import type { Context, SQSRecord } from 'aws-lambda';
import type { EndedJob } from '../../lib/pipeline/job/completion-event.ts';
import { defaultCatalogue } from '../../lib/pipeline/model/default-catalogue.ts';
import type { ModelReply } from '../../lib/pipeline/model/model.ts';
import type { LedgerEntry } from '../../lib/pipeline/money/ledger.ts';
import type { JobStore } from '../../lib/pipeline/ports.ts';
import type { Reason } from '../../lib/runtime/dead-letters.ts';
import type { LedgerBook } from '../../lib/runtime/ledger/ledger-book.ts';
import type { Results } from '../../lib/runtime/sns-results.ts';
import type { Deferral, SourceQueue } from '../../lib/runtime/source-queue.ts';
import { createSqsWorker } from '../../lib/runtime/sqs-worker.ts';
import type { Telemetry } from '../../lib/runtime/telemetry.ts';
import { inMemoryJobStore } from '../../lib/simulation/in-memory-job-store.ts';
import { inMemoryVault } from '../../lib/simulation/in-memory-vault.ts';
import { virtualClock } from '../builders.ts';
import { fleetPorts } from '../fleet-ports.ts';

export const START_MS = Date.parse('2026-11-22T12:00:00Z');
const usage = {
  inputTokens: 10,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 5,
  reasoningTokens: 0,
};
export const answer: ModelReply = { kind: 'answer', text: 'Coucou !', usage, servedTier: 'default' };

type World = {
  /** Tells its ids from those of another worker. */
  name: string;
  /** Answers a job by what its user wrote. */
  reply: (prompt: string) => ModelReply | Promise<ModelReply>;
  queue: Partial<SourceQueue>;
  store: Partial<JobStore>;
  enter: LedgerBook['enter'];
  tell: Results['tell'];
  parallelism: number;
  /** How long Lambda gives the invocation, in ms. */
  invocationMs: number;
};

const contextOf = (remainingMs: () => number): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'relay-test-process-job-critical',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-3:000000000000:function:relay-test-process-job-critical',
  memoryLimitInMB: '256',
  awsRequestId: 'request-1',
  logGroupName: '/aws/lambda/relay-test-process-job-critical',
  logStreamName: 'stream',
  getRemainingTimeInMillis: remainingMs,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
});

/** Writes down what a worker tells its telemetry, a word each. */
const notedTelemetry = (): { telemetry: Telemetry; told: string[] } => {
  const told: string[] = [];
  const telemetry: Telemetry = {
    received: () => undefined,
    outcome: (_job, { messageId }, outcome) => void told.push(`${messageId} ${outcome.kind}`),
    rejected: ({ messageId }) => void told.push(`${messageId} rejected`),
    deliveryError: ({ messageId }, error, back) =>
      void told.push(`${messageId} error: ${error}${back ? `, back after ${back.delayMs} ms` : ''}`),
    fleetFault: () => void told.push('fleet fault'),
    secretFault: () => void told.push('secret fault'),
    budgetRebuilt: () => undefined,
    budgetWarning: () => void told.push('budget warning'),
    alertFault: () => void told.push('alert fault'),
    booked: ({ kind }) => void (kind === 'written' || told.push(`ledger ${kind}`)),
    untold: (count) => void (count === 0 || told.push(`${count} untold`)),
    returnsRefused: (count) => void told.push(`${count} returns refused`),
    flush: () => void told.push('flush'),
  };
  return { telemetry, told };
};

/** A worker over the real core, rules of claims over a map, and a queue that writes down what it is asked. */
export const aWorld = (given: Partial<World> = {}) => {
  const clock = virtualClock(START_MS);
  const asked: string[] = [];
  const entered: LedgerEntry[] = [];
  const published: (readonly EndedJob[])[] = [];
  const rejected: [string, Reason][] = [];
  const deferred: Deferral[][] = [];
  const delivered: [string, number][] = [];
  const { telemetry, told } = notedTelemetry();
  const endsAtMs = START_MS + (given.invocationMs ?? 150_000);
  let ids = 0;
  const chance = { random: () => 0.5, newId: () => `${given.name ?? 'claim'}-${ids++}` };
  const { fleet: _fleet, ...shared } = fleetPorts(clock, chance);
  const worker = createSqsWorker({
    ports: {
      clock,
      chance,
      ...shared,
      catalogue: defaultCatalogue,
      onMinorRisk: async () => {},
      demands: { consentRef: false, disclosed: false },
      vault: inMemoryVault(clock.now),
      store: { ...inMemoryJobStore(), findAnswer: async () => undefined, ...given.store },
      models: {
        providers: new Set(['openai'] as const),
        prepare: async () => {},
        complete: async (_provider, { turns: [turn] }) => {
          const prompt = turn?.content ?? '';
          asked.push(prompt);
          return given.reply?.(prompt) ?? answer;
        },
      },
    },
    queue: {
      reject: async ({ messageId }, rejection) => void rejected.push([messageId, rejection]),
      defer: async (deferrals) => {
        deferred.push([...deferrals]);
        return 0;
      },
      ...given.queue,
    },
    ledger: {
      enter: async (entries, remainingMs) => {
        entered.push(...entries);
        return given.enter?.(entries, remainingMs) ?? { kind: 'written' };
      },
    },
    results: {
      tell: async (ends, forMs) => {
        published.push(ends);
        return given.tell?.(ends, forMs) ?? { out: new Set(ends) };
      },
    },
    deliveries: { delivered: async (lane, sentAtMs) => void delivered.push([lane, sentAtMs]) },
    telemetry,
    lane: 'critical',
    parallelism: given.parallelism ?? 10,
    patienceMs: 300_000,
    reserveMs: 8_000,
    maxReceives: 200,
    lastRungs: { when: 'at-deadline', defaultAnswer: 'Thank you!' },
    tier: 'default',
  });
  const context = contextOf(() => endsAtMs - clock.now());
  const run = async (Records: SQSRecord[]) => {
    const { batchItemFailures } = await worker({ Records }, context);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { clock, asked, entered, published, rejected, deferred, delivered, told, run };
};
