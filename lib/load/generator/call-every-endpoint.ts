import type { JobKind } from '../../../load/scenario.ts';
import type { SubmittedJob } from '../../api/schemas/job.ts';
import { type Desk, outcomeOf, type TakenJob, timed, writeJob } from './desk.ts';
import { messageOf } from './messages.ts';
import { untilEnded } from './until-ended.ts';

/** A job that is to end unanswered: too little time for any model, and no default answer. In ms. */
const TOO_LITTLE_MS = 1_500;
/** Such a job is waited for this long, in ms. */
const SOON_MS = 20_000;

/** Calls each endpoint once, in an order in which each has something to do. What it changes, it leaves as it was. */
export const callEveryEndpoint = async (desk: Desk, creator: string): Promise<void> => {
  await look(desk);
  await submitAndFollow(desk, creator);
  await cancelOne(desk, creator);
  await retryOne(desk, creator);
  await operate(desk);
  await askForPrivacy(desk);
};

const call = <Answer extends Parameters<typeof outcomeOf>[0]>(
  desk: Desk,
  name: string,
  ask: () => Promise<Answer>,
  judge: (reply: Answer) => ReturnType<typeof outcomeOf> = outcomeOf,
): Promise<Answer | undefined> => timed(desk, { name, dueAtMs: Date.now() }, ask, judge);

const look = async (desk: Desk): Promise<void> => {
  const { api } = desk;
  await call(desk, 'getHealth', () => api.getHealth());
  await call(desk, 'getDocument', () => api.getDocument());
  await call(desk, 'listModels', () => api.listModels());
  await call(desk, 'getCosts', () => api.getCosts());
  await call(desk, 'listAlerts', () => desk.operations.listAlerts());
};

type Order = { body: SubmittedJob; correlationId: string; kind: JobKind };

const orderOf = ({ assignment, nextNumber }: Desk, creator: string, kind: JobKind): Order => {
  const { runId } = assignment;
  const number = nextNumber();
  return { body: messageOf(kind, { runId, creator }, number), correlationId: `${runId}-${number}`, kind };
};

const submit = async (
  desk: Desk,
  { body, correlationId, kind }: Order,
  expects: NonNullable<TakenJob['expects']>,
): Promise<string | undefined> => {
  const dueAtMs = Date.now();
  const headers = { 'x-correlation-id': correlationId, 'idempotency-key': correlationId };
  const reply = await call(desk, 'submitJob', () => desk.api.submitJob({ body, headers }));
  if (reply?.kind !== 'answer') return undefined;
  const { jobId } = reply.body;
  writeJob(desk, { jobId, correlationId, lane: kind.lane, model: kind.model, dueAtMs, expects });
  return jobId;
};

const submitAndFollow = async (desk: Desk, creator: string): Promise<void> => {
  const [kind] = desk.assignment.scenario.jobs;
  const jobId = await submit(desk, orderOf(desk, creator, kind), 'answer');
  if (jobId !== undefined) await call(desk, 'getJob', () => desk.api.getJob({ params: { jobId } }));
  await submitBatch(desk, creator);
  await call(desk, 'listJobs', () => desk.api.listJobs({ query: { limit: 10 } }));
};

const submitBatch = async (desk: Desk, creator: string): Promise<void> => {
  const { runId, scenario } = desk.assignment;
  const orders = [1, 2].map(() => orderOf(desk, creator, scenario.jobs[0]));
  const jobs = orders.map(({ body, correlationId }) => ({ ...body, jobId: `${runId}-${correlationId}` }));
  const dueAtMs = Date.now();
  const reply = await call(desk, 'submitJobs', () => desk.api.submitJobs({ body: { jobs } }));
  if (reply?.kind !== 'answer') return;
  for (const item of reply.body.items)
    if (item.kind === 'accepted') {
      const { jobId, lane, model } = item.job;
      writeJob(desk, { jobId, correlationId: orders[item.index]?.correlationId ?? '', lane, model, dueAtMs });
    }
};

/** The job may be in another state by then: the endpoint has answered all the same. */
const orTooLate = (reply: Parameters<typeof outcomeOf>[0]): ReturnType<typeof outcomeOf> =>
  reply.kind === 'problem' && reply.problem.status === 409
    ? { outcome: 'answered', code: '409 wrong-state' }
    : outcomeOf(reply);

/** In the lane that waits longest; it may have ended all the same before it is canceled. */
const cancelOne = async (desk: Desk, creator: string): Promise<void> => {
  const jobId = await submit(desk, orderOf(desk, creator, { lane: 'low', model: 'gpt-5-nano' }), 'any');
  if (jobId === undefined) return;
  await call(desk, 'cancelJob', () => desk.api.cancelJob({ params: { jobId } }), orTooLate);
};

const retryOne = async (desk: Desk, creator: string): Promise<void> => {
  const order = orderOf(desk, creator, { lane: 'low', model: 'gpt-5-nano' });
  const deadlineAt = new Date(Date.now() + TOO_LITTLE_MS).toISOString();
  const body = {
    ...order.body,
    deadlineAt,
    options: { ...order.body.options, defaultAnswer: false as const },
  };
  const jobId = await submit(desk, { ...order, body }, 'any');
  if (jobId === undefined) return;
  await untilEnded(desk, jobId, Date.now() + SOON_MS);
  await call(desk, 'retryJob', () => desk.api.retryJob({ params: { jobId } }), orTooLate);
};

/** Holds a circuit as it is held already, and counts dead letters without moving any. */
const operate = async (desk: Desk): Promise<void> => {
  const { operations } = desk;
  await call(desk, 'listLanes', () => operations.listLanes());
  await call(desk, 'redriveLane', () =>
    operations.redriveLane({ params: { lane: 'low' }, body: { filter: {}, dryRun: true } }),
  );
  const reply = await call(desk, 'listCircuits', () => operations.listCircuits());
  const circuit = reply?.kind === 'answer' ? reply.body.circuits[0] : undefined;
  if (circuit === undefined) return;
  const { provider, modelId: model, state } = circuit;
  const hold = state === 'held-open' ? 'open' : state === 'held-closed' ? 'closed' : 'auto';
  await call(desk, 'holdCircuit', () =>
    operations.holdCircuit({ params: { provider, model }, body: { hold } }),
  );
};

/** The same request in every pass of a run: a person is told of each one. */
const askForPrivacy = async (desk: Desk): Promise<void> => {
  const { runId } = desk.assignment;
  const reply = await call(desk, 'requestPrivacy', () =>
    desk.api.requestPrivacy({
      body: { right: 'access', subject: { kind: 'fan', ref: `${runId}-fan` } },
      headers: { 'idempotency-key': runId },
    }),
  );
  if (reply?.kind !== 'answer') return;
  const { requestId } = reply.body;
  await call(desk, 'getPrivacyRequest', () => desk.api.getPrivacyRequest({ params: { requestId } }));
};
