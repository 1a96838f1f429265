import { fieldProblem, type Problem, problem } from '../../api/problem.ts';
import type { SubmittedJob } from '../../api/schemas/job.ts';
import type { Caller } from '../../api/scope.ts';
import { sealMessage } from '../../pipeline/dispatch/content.ts';
import type { TenantLimit } from '../../pipeline/fleet/tenant-limit.ts';
import type { EndedJob } from '../../pipeline/job/completion-event.ts';
import type { Job } from '../../pipeline/job/job.ts';
import { MAX_MESSAGE_BYTES, MAX_PATIENCE_MS } from '../../pipeline/job/job-message.ts';
import type { LaneName } from '../../pipeline/job/lane.ts';
import { messageText } from '../../pipeline/job/message-text.ts';
import type { LaneMessage, SealedMessage } from '../../pipeline/job/sealed-message.ts';
import type { Chance, Clock, KeyRing } from '../../pipeline/ports.ts';
import { jobIdNamedBy } from '../job-id.ts';
import { continueTrace } from '../trace.ts';
import type { SealingVault } from '../vault/sealing-vault.ts';
import { canonicalHash } from './canonical-json.ts';
import type { JobRecord } from './job-record.ts';
import { lifeOf } from './job-view.ts';
import type { JobsTable } from './jobs-table.ts';
import type { LaneSender } from './lane-sender.ts';
import type { Purse } from './purse.ts';

export type SubmissionPorts = {
  jobs: JobsTable;
  lanes: LaneSender;
  purse: Purse;
  vault: SealingVault;
  submits: TenantLimit;
  /** Of requests that wait for a job's end: each holds an environment for as long. */
  waits: TenantLimit;
  /** Told of a job that a person has ended. Never rejects. */
  onCanceled(end: EndedJob): Promise<void>;
  /** A job of a batch that could not be submitted, for no fault of its own. */
  onFault(requestId: string, error: unknown): void;
  clock: Pick<Clock, 'now'>;
  chance: Pick<Chance, 'newId'>;
  /** From submission to result, for jobs without a deadline of their own, by lane, in ms. */
  patienceMs: Readonly<Record<LaneName, number>>;
};

export type Order = {
  caller: Caller;
  body: SubmittedJob;
  /** The header `Idempotency-Key`. */
  key: string | undefined;
  traceparent: string | undefined;
  /** The header `X-Correlation-Id`: what the caller knows the job by. */
  correlationId?: string | undefined;
};

/**
 * `record`: the job as it stands, which a repeated order finds further on in its life. `ring`: the keys that it was
 * sealed with, where they are at hand.
 */
export type Submitted = { kind: 'submitted'; record: JobRecord; ring?: KeyRing };

/** Takes a job in: its row and its message, in two AWS calls; one more for the keys of persons whom nobody has lately met here. */
export const submitJob = async (ports: SubmissionPorts, order: Order): Promise<Submitted | Problem> => {
  const job = jobOf(ports, order);
  if ('kind' in job) return job;
  if (job.deadlineAtMs <= ports.clock.now() && !(await isKnown(ports, job))) return tooLate;
  const bodyHash = canonicalHash({
    ...order.body,
    ...{ tenantId: undefined, jobId: undefined, idempotencyKey: undefined }, // the names of what is asked for are no part of it
  });
  const refused = (await refusalForHaste(ports, job.message.tenantId)) ?? (await refusalForMoney(ports, job));
  if (refused !== undefined) return refused;
  const ring = await ports.vault.take(job.message, job.enqueuedAtMs);
  if (ring.standing(job.enqueuedAtMs) === 'erased') return beingErased;
  const sealed = { job, message: sealMessage(ring, job), bodyName: ring.fingerprint(bodyHash), ring };
  return isNamed(order) ? enterNamed(ports, sealed) : enterNew(ports, sealed);
};

const isNamed = ({ key, body }: Order): boolean =>
  key !== undefined || body.idempotencyKey !== undefined || body.jobId !== undefined;

/** A job, its message as it goes to its lane, and what its body is known by. */
type Sealed = { job: Job; message: SealedMessage; bodyName: string; ring: KeyRing };

/** Nobody can have named it before: both at once. A worker that is faster than the row's write has made the row itself. */
const enterNew = async ({ jobs, lanes }: SubmissionPorts, sealed: Sealed): Promise<Submitted> => {
  const { job, message, bodyName } = sealed;
  const [entered, sent] = await Promise.allSettled([
    jobs.accept({ ...job, message }, bodyName),
    lanes.send({ ...messageOf(message, { ...job, ...job.trace }), ...traceOf(job) }),
  ]);
  if (entered.status === 'rejected') throw entered.reason;
  if (sent.status === 'rejected') throw sent.reason;
  return submittedOf(readable(entered.value.record), sealed);
};

/**
 * The row first, so that a name means one job and one body. Who was killed between the two, or never heard of it, orders
 * again under the same name, and the message is sent then.
 */
const enterNamed = async (ports: SubmissionPorts, sealed: Sealed): Promise<Submitted | Problem> => {
  const { job, message, bodyName } = sealed;
  const { kind, record: found } = await ports.jobs.accept({ ...job, message }, bodyName);
  const record = readable(found);
  if (kind === 'refused' && record.bodyHash !== undefined && record.bodyHash !== bodyName) return otherBody;
  if (isUnsent(record, ports.clock.now()))
    await ports.lanes.send({ ...messageOf(message, record), ...(kind === 'applied' && traceOf(job)) });
  return submittedOf(record, sealed);
};

/** The same body is about the same persons; a row that a worker has made of another message may not be. */
const submittedOf = (record: JobRecord, { bodyName, ring }: Sealed): Submitted => ({
  kind: 'submitted',
  record,
  ...(record.bodyHash === bodyName && { ring }),
});

const readable = (record: JobRecord | undefined): JobRecord => {
  if (record === undefined) throw new Error('a row is there, and cannot be read');
  return record;
};

const otherBody = problem(
  'idempotency-conflict',
  'A job with this key (or jobId) was submitted before, with another body. Choose a new one for a new job.',
);

/** In the same moment: what is submitted after it is new. */
const beingErased = problem(
  'unavailable',
  'Data of these persons is being erased: submit the job again in a moment.',
);

const tooLate = fieldProblem('deadlineAt', 'has passed');

const traceOf = ({ trace: { traceparent, correlationId } }: Job) => ({ traceparent, correlationId });

/** Nobody has taken it yet: its message may never have been sent, and a second one does nothing. */
const isUnsent = (record: JobRecord, nowMs: number): boolean =>
  lifeOf(record, nowMs).status === 'queued' && record.claimId === undefined && record.bodyHash !== undefined;

type InLane = Pick<JobRecord, 'jobId' | 'lane' | 'deadlineAtMs' | 'traceId' | 'correlationId'>;

/** The message of a row, with the row's own deadline and trace: what a repeated order says of these came too late. */
export const messageOf = (
  message: LaneMessage,
  { jobId, lane, deadlineAtMs, traceId = '', correlationId = '' }: InLane,
) => ({
  lane,
  body: messageText({ ...message, jobId, deadlineAt: new Date(deadlineAtMs).toISOString() }),
  ...continueTrace({
    traceparent: traceId && `00-${traceId}-${traceId.slice(16)}-01`,
    correlationId,
    seed: jobId,
  }),
});

const jobOf = (
  ports: SubmissionPorts,
  { caller, body, key, traceparent = '', correlationId = '' }: Order,
): Job | Problem => {
  const { idempotencyKey = key, tenantId = caller.tenantId, ...rest } = body;
  if (tenantId !== caller.tenantId)
    return problem('other-tenant', 'Leave tenantId out, or get a token of that tenant.');
  if (key !== undefined && idempotencyKey !== key)
    return fieldProblem('idempotencyKey', 'is not the Idempotency-Key of the headers');
  if (idempotencyKey !== undefined && body.jobId !== undefined)
    return fieldProblem('jobId', 'is given beside an idempotency key: name the job by one of them');
  const nowMs = ports.clock.now();
  const lane = body.priority;
  const deadlineAtMs = body.deadlineAt
    ? Math.min(Date.parse(body.deadlineAt), nowMs + MAX_PATIENCE_MS)
    : nowMs + ports.patienceMs[lane];
  const jobId = jobIdNamedBy({ ...body, tenantId, idempotencyKey }) ?? ports.chance.newId();
  const message = { ...rest, tenantId, jobId, deadlineAt: new Date(deadlineAtMs).toISOString() };
  const bytes = Buffer.byteLength(messageText(message));
  if (bytes > MAX_MESSAGE_BYTES)
    return problem('too-large', `The job has ${bytes} bytes, a lane takes ${MAX_MESSAGE_BYTES}.`);
  const trace = continueTrace({ traceparent, correlationId, seed: `${tenantId}\n${jobId}` });
  return { jobId, lane, message, enqueuedAtMs: nowMs, deadlineAtMs, trace };
};

/** Retries count as submits: each puts a message into a lane. */
export const refusalForHaste = async (
  { submits, clock }: Pick<SubmissionPorts, 'submits' | 'clock'>,
  tenantId: string,
): Promise<Problem | undefined> => {
  const room = await submits.take(tenantId);
  if (room.kind === 'room') return undefined;
  return problem(
    'too-many-requests',
    'The tenant has submitted its jobs of this minute: wait for the next one.',
    {
      retryAfterSeconds: Math.max(1, Math.ceil((room.freeAtMs - clock.now()) / 1000)),
    },
  );
};

/** Whether the job was taken in before: then it is what it is, whatever the day or the budget says of new ones. */
const isKnown = async ({ jobs }: Pick<SubmissionPorts, 'jobs'>, { jobId, message }: Job): Promise<boolean> =>
  (await jobs.read({ tenantId: message.tenantId, jobId })) !== undefined;

/** A job that was taken in while there was money is not lost to whoever orders it again. */
const refusalForMoney = async (
  { purse, jobs, clock }: SubmissionPorts,
  job: Job,
): Promise<Problem | undefined> => {
  const standing = await purse.look(job);
  if (standing.kind === 'affordable') return undefined;
  if (await isKnown({ jobs }, job)) return undefined;
  return budgetSpent(standing.untilMs, clock.now());
};

export const budgetSpent = (untilMs: number, nowMs: number): Problem =>
  problem('budget-exhausted', 'Submit it after 00:00 UTC, or have the budget raised.', {
    retryAfterSeconds: Math.ceil((untilMs - nowMs) / 1000),
  });
