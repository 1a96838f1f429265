import type { HttpClient } from '../../client/http-client.ts';
import type { SqsProducer } from '../../client/sqs-producer.ts';
import type { Assignment } from './assignment.ts';
import type { JobLine, Journal, RequestLine } from './journal.ts';

/** What all users of a run share. */
export type Desk = {
  assignment: Assignment;
  api: HttpClient;
  /** The same API, for those who look after the lanes. */
  operations: HttpClient;
  producer: SqsProducer;
  journal: Journal;
  /** A number that no other message of the run has. */
  nextNumber(): number;
};

/** How a call came out, whoever was called. */
type Outcome = Pick<RequestLine, 'outcome' | 'code'>;

/** What a reply of the API comes to. */
export const outcomeOf = (reply: Awaited<ReturnType<HttpClient[keyof HttpClient]>>): Outcome => {
  switch (reply.kind) {
    case 'answer':
      return { outcome: 'answered', code: String(reply.status) };
    case 'problem':
      return { outcome: 'refused', code: `${reply.problem.status} ${nameOf(reply.problem.type)}` };
    case 'refused':
      return { outcome: 'refused', code: String(reply.status) };
  }
};

/** The last part of a problem's URI. */
const nameOf = (type: string): string => type.split(/[/:#]/).at(-1) ?? type;

/** Makes a call, and writes down how it came out, also when nobody answered. A user lives on, whatever happens. */
export const timed = async <Reply>(
  { journal }: Pick<Desk, 'journal'>,
  { name, dueAtMs }: { name: string; dueAtMs: number },
  call: () => Promise<Reply>,
  judge: (reply: Reply) => Outcome,
): Promise<Reply | undefined> => {
  const startedAtMs = Date.now();
  const told = (outcome: Outcome): void =>
    journal.write({ kind: 'request', name, dueAtMs, startedAtMs, endedAtMs: Date.now(), ...outcome });
  try {
    const reply = await call();
    told(judge(reply));
    return reply;
  } catch (error) {
    told({ outcome: 'failed', code: errorName(error) });
    return undefined;
  }
};

/** `fetch` wraps what the socket said. */
const errorName = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : error.name;
};

/** What is written down of a job that the target has taken. */
export type TakenJob = Omit<JobLine, 'kind' | 'acceptedAtMs' | 'expects'> & Partial<Pick<JobLine, 'expects'>>;

export const writeJob = ({ journal }: Pick<Desk, 'journal'>, job: TakenJob): void =>
  journal.write({ expects: 'answer', ...job, kind: 'job', acceptedAtMs: Date.now() });
