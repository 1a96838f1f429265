import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createHttpClient } from '../../client/http-client.ts';
import { createSqsProducer } from '../../client/sqs-producer.ts';
import { ASSIGNMENT_VARIABLE, type Assignment } from './assignment.ts';
import type { Desk } from './desk.ts';
import { type Journal, openJournal } from './journal.ts';
import { createTokens, type Role } from './tokens.ts';
import { liveAs } from './users.ts';

/** Where artillery counts what users do, for its own report. */
type Events = { emit(kind: 'counter' | 'histogram', name: string, value: number): void };

/** A virtual user of artillery, from its arrival until it leaves. The first one opens the desk, for all of them. */
export const createVirtualUser = (variables: Variables) => {
  let desk: Desk | undefined;
  let users = 0;
  return async (_: unknown, events: Events): Promise<void> => {
    desk ??= openDesk(variables);
    const user = users;
    users += 1;
    events.emit('counter', 'relay.users', 1);
    await stay(desk, user);
  };
};

const stay = async (desk: Desk, user: number): Promise<void> => {
  const { journal, assignment } = desk;
  const { arrivals } = assignment.scenario;
  const seconds = arrivals.kind === 'closed' ? arrivals.staySeconds : arrivals.seconds;
  const fromMs = Date.now();
  journal.write({ kind: 'user', event: 'came', atMs: fromMs });
  try {
    await liveAs(desk, { user, fromMs, untilMs: fromMs + seconds * 1_000 });
  } catch (error) {
    const told = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
    journal.write({ kind: 'trouble', atMs: Date.now(), error: told });
    throw error;
  } finally {
    journal.write({ kind: 'user', event: 'left', atMs: Date.now() });
  }
};

type Variables = Record<string, string | undefined>;

const openDesk = (variables: Variables): Desk => {
  // Written by the very program that has started this one.
  const assignment: Assignment = JSON.parse(readFileSync(variables[ASSIGNMENT_VARIABLE] ?? '', 'utf8'));
  const { target, journalFile, followedBy } = assignment;
  endWith(followedBy);
  const journal = openJournal(journalFile);
  watchLag(journal);
  // One try: a second one would hide that the first has failed, and how long it took.
  const clientFor = (role: Role) =>
    createHttpClient({ baseUrl: target.api, token: createTokens(target, role, variables), tries: 1 });
  let messages = 0;
  return {
    assignment,
    api: clientFor('product'),
    operations: clientFor('operations'),
    producer: createSqsProducer({ sqs: sqsClientOf(target), stage: target.name }),
    journal,
    nextNumber: () => {
      messages += 1;
      return messages;
    },
  };
};

const sqsClientOf = ({ sqs }: Assignment['target']): SQSClient =>
  new SQSClient({
    maxAttempts: 1,
    ...(sqs !== undefined && {
      endpoint: sqs,
      region: 'us-east-1',
      credentials: { accessKeyId: 'load', secretAccessKey: 'load' },
    }),
  });

const NS_PER_MS = 1_000_000;

/** Nobody would see what is sent any more, or what it costs: artillery is its parent's child, and is killed with it. */
const endWith = (parent: number): void => {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, 1_000).unref();
};

/** Writes once a second how late this program itself is: what it measures is worth no more than that. */
const watchLag = (journal: Journal): void => {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  setInterval(() => {
    const inMs = (ns: number) => (Number.isFinite(ns) ? ns / NS_PER_MS : 0);
    journal.write({
      kind: 'lag',
      atMs: Date.now(),
      p99Ms: inMs(delay.percentile(99)),
      maxMs: inMs(delay.max),
    });
    delay.reset();
  }, 1_000).unref();
};
