import type { ProblemName } from '../api/problem.ts';
import type { RouteSpec } from '../api/route.ts';
import { type RouteName, routeNames } from '../api/routes.ts';
import type { HttpClient, Reply } from '../client/http-client.ts';
import { type LaneName, laneNames } from '../pipeline/job/lane.ts';
import { type ModelName, modelNames } from '../pipeline/model/model.ts';
import { endedJob, type SmokeJob, smokeOrder, submitted } from './smoke-job.ts';

/** The two kinds of callers that a stage knows. */
export type SmokeClients = { product: HttpClient; operations: HttpClient };

/** What came of one endpoint, or of the job of one lane. */
export type SmokeFinding = { name: string; isGood: boolean; found: string };

/** What the looks at endpoints have of the jobs before them. */
type Known = { run: string; model: ModelName; ended: SmokeJob | undefined; stage: string };

type Outcome = Omit<SmokeFinding, 'name'>;

const good = (found: string): Outcome => ({ isGood: true, found });
const bad = (found: string): Outcome => ({ isGood: false, found });

/** Any answer will do. */
const answered = <Spec extends RouteSpec>(reply: Reply<Spec>): Outcome =>
  reply.kind === 'answer' ? good(`answered ${reply.status}`) : bad(describe(reply));

/** The request is made so that it must be refused, after the door and the tables behind it have been asked. */
const refusedAs =
  (...names: ProblemName[]) =>
  <Spec extends RouteSpec>(reply: Reply<Spec>): Outcome =>
    reply.kind === 'problem' && names.some((name) => reply.problem.type.endsWith(`:${name}`))
      ? good(`refused, as it should be: ${reply.problem.status}`)
      : bad(`not refused as ${names.join(' or ')}: ${describe(reply)}`);

const describe = <Spec extends RouteSpec>(reply: Reply<Spec>): string => {
  switch (reply.kind) {
    case 'answer':
      return `answered ${reply.status}`;
    case 'problem':
      return `${reply.problem.status} ${reply.problem.detail} (request ${reply.requestId})`;
    case 'refused':
      return `${reply.status} ${reply.message} (request ${reply.requestId})`;
  }
};

/** One look at each endpoint. None of them changes anything but the jobs of the test itself. */
const looks: Record<RouteName, (clients: SmokeClients, known: Known) => Promise<Outcome>> = {
  async getHealth({ product }, { stage }) {
    const reply = await product.getHealth();
    return reply.kind === 'answer' && reply.body.stage !== stage
      ? bad(`says that it is stage ${reply.body.stage}`)
      : answered(reply);
  },
  getDocument: async ({ product }) => answered(await product.getDocument()),
  listModels: async ({ product }) => answered(await product.listModels()),
  async submitJob({ product }, { run, model }) {
    const reply = await product.submitJob({ body: smokeOrder(run, 'high', model) });
    return answered(reply);
  },
  async submitJobs({ product }, { run, model }) {
    const reply = await product.submitJobs({ body: { jobs: [smokeOrder(run, 'medium', model)] } });
    return reply.kind === 'answer' && reply.body.accepted !== 1
      ? bad('its job was refused')
      : answered(reply);
  },
  listJobs: async ({ product }, { run }) => answered(await product.listJobs({ query: { creatorId: run } })),
  getJob: async ({ product }, { ended }) =>
    answered(await product.getJob({ params: { jobId: ended?.jobId ?? 'none' } })),
  cancelJob: async ({ product }, { ended }) =>
    refusedAs('wrong-state')(await product.cancelJob({ params: { jobId: ended?.jobId ?? 'none' } })),
  retryJob: async ({ product }, { ended }) =>
    refusedAs('wrong-state')(await product.retryJob({ params: { jobId: ended?.jobId ?? 'none' } })),
  listLanes: async ({ operations }) => answered(await operations.listLanes()),
  async redriveLane({ operations }) {
    const reply = await operations.redriveLane({
      params: { lane: 'low' },
      body: { filter: {}, dryRun: true },
    });
    // SQS may be moving the dead letters just now
    return reply.kind === 'answer' ? answered(reply) : refusedAs('wrong-state')(reply);
  },
  listCircuits: async ({ operations }) => answered(await operations.listCircuits()),
  async holdCircuit({ operations }) {
    const circuits = await operations.listCircuits();
    if (circuits.kind !== 'answer') return bad(describe(circuits));
    // to let go of what nobody holds changes nothing
    const [free] = circuits.body.circuits.filter(({ state }) => state === 'closed' || state === 'open');
    const params = { provider: free?.provider ?? 'openai', model: free?.modelId ?? 'none' };
    const reply = await operations.holdCircuit({ params, body: { hold: 'auto' } });
    return free === undefined ? refusedAs('not-found')(reply) : answered(reply);
  },
  getCosts: async ({ operations }) => answered(await operations.getCosts()),
  listAlerts: async ({ operations }) => answered(await operations.listAlerts()),
  // A request that is recorded would have to be answered by a person.
  requestPrivacy: async ({ product }) =>
    refusedAs('invalid-request')(
      await product.requestPrivacy({ body: { right: 'access', subject: { kind: 'creator', ref: '' } } }),
    ),
  getPrivacyRequest: async ({ product }) =>
    refusedAs('not-found')(await product.getPrivacyRequest({ params: { requestId: crypto.randomUUID() } })),
};

/** One job in each lane, and one request to each endpoint, as any client would make them. Jobs cost a few tokens. */
export const smokeTest = async (
  clients: SmokeClients,
  stage: string,
  signal: AbortSignal,
): Promise<SmokeFinding[]> => {
  const run = `smoke-${crypto.randomUUID()}`;
  const model = await liveModel(clients);
  const jobs = await Promise.all(laneNames.map((lane) => tryLane(clients, { run, lane, model, signal })));
  const ended = jobs.flatMap(({ job }) => job ?? [])[0];
  const findings: SmokeFinding[] = jobs.map(({ finding }) => finding);
  for (const name of routeNames) {
    signal.throwIfAborted();
    const outcome = await unlessSilent(() => looks[name](clients, { run, model, ended, stage }));
    findings.push({ name, ...outcome });
  }
  return findings;
};

/** The cheapest will do. Without any, the jobs will say why. */
const liveModel = async ({ product }: SmokeClients): Promise<ModelName> => {
  const reply = await product.listModels().catch(() => undefined);
  const live = reply?.kind === 'answer' ? reply.body.models.filter((each) => each.live) : [];
  const names = new Set(live.map(({ model }) => model));
  return (
    modelNames.findLast((name) => name.startsWith('gpt') && names.has(name)) ?? live[0]?.model ?? 'gpt-5-nano'
  );
};

type LaneTry = { run: string; lane: LaneName; model: ModelName; signal: AbortSignal };

const tryLane = async (
  { product }: SmokeClients,
  { run, lane, model, signal }: LaneTry,
): Promise<{ finding: SmokeFinding; job?: SmokeJob }> => {
  const name = `job in ${lane}`;
  try {
    const first = await submitted(product, smokeOrder(run, lane, model));
    const job = typeof first === 'string' ? first : await endedJob(product, first, signal);
    if (typeof job === 'string') return { finding: { name, ...bad(job) } };
    return job.status === 'succeeded'
      ? { finding: { name, ...good(`answered by ${job.answer?.modelId ?? job.answer?.source}`) }, job }
      : { finding: { name, ...bad(`${job.status}: ${job.reason}`) } };
  } catch (error) {
    return { finding: { name, ...bad(String(error)) } };
  }
};

/** Nobody answers: a finding like any other. */
const unlessSilent = async (look: () => Promise<Outcome>): Promise<Outcome> => {
  try {
    return await look();
  } catch (error) {
    return bad(`nobody answers: ${error instanceof Error ? error.message : String(error)}`);
  }
};
