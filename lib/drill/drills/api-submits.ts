import { paginateScan } from '@aws-sdk/client-dynamodb';
import { job } from '../../api/schemas/job.ts';
import { isEnded } from '../../pipeline/job/job.ts';
import { createLimiter } from '../../runtime/limiter.ts';
import { seededRandom } from '../../seeded-random.ts';
import { sum } from '../../sum.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { sizeOf } from '../history/watched-run.ts';
import { type ApiAnswer, type ApiClient, createApiClient } from '../rig/api-client.ts';
import { faultHits } from '../rig/fault-hits.ts';
import type { Rig } from '../rig/rig.ts';

/** Clients at a time, each with one request under way. */
const CLIENTS = 50;

/** Submits that come again under the key of an earlier one; some of those with another body. */
const REPEATED = 0.2;
const CHANGED = 0.02;

/** Of the invocations, for each way to die. */
const KILLED = 0.012;

const kill = (id: string, fault: object) => ({
  id,
  match: { functionName: 'http-api', probability: KILLED },
  fault: { kind: 'kill', ...fault },
});

/** A submit takes two requests; the third is the one that is not made. */
const kills = [
  kill('before-request', { when: 'before-request', request: { upTo: 3 } }),
  kill('after-request', { when: 'after-request', request: { upTo: 3 } }),
  kill('before-return', { when: 'before-return' }),
  kill('at-any-time', { when: 'within', ms: 20 }),
];

/** A tenant may submit so much in a minute; these are enough that none comes near. */
const TENANTS = 25;

/** One call of a client. `changed`: under a key that stands for another body. */
type Submit = { key: number; changed: boolean };

/** Submits while the function dies: a key stands for one job, and an accepted job ends. */
export const apiSubmits = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await context.startRig();
  const apis = await clientsOf(rig, context.signal);
  const endings = countEndings(rig);
  const submits = submitsOf(context);
  await rig.cloudFaults(kills);
  const told = await submitAll(context, apis, submits);
  const [hits, failures] = [await faultHits(rig), sum(apis.map((api) => api.failures()))];
  await rig.cloudFaults([]);
  const accepted = [...told.accepted].flatMap(([key, ids]) => [...ids].map((jobId) => ({ key, jobId })));
  const jobIds = accepted.map(({ jobId }) => jobId);
  context.say(`${accepted.length} jobs are accepted; some are still to end`);
  const byStatus = await endingsOf(apis, accepted);
  const rows = await rowIds(rig);
  const keys = new Set(submits.map(({ key }) => key)).size;
  const severalJobs = [...told.accepted].filter(([, ids]) => ids.size !== 1);
  return [
    equal('answers that no client may get', told.strange.slice(0, 5), []),
    equal('keys that stand for a job', told.accepted.size, keys),
    equal('keys that stand for several jobs', severalJobs, []),
    equal('jobs in the table', rows.length, keys),
    equal('of which nobody was told', rows.filter((id) => !jobIds.includes(id)).length, 0),
    equal('how the jobs end', byStatus, { succeeded: keys }),
    equal('endings that workers have written', endings.written(), keys),
    equal('other bodies under a key: 409', told.conflicts, submits.filter(({ changed }) => changed).length),
    {
      expected: `environments that died, in each of ${kills.length} ways`,
      found: kills.map(({ id }) => `${hits.get(id)} ${id}`).join(', '),
      holds: kills.every(({ id }) => (hits.get(id) ?? 0) > 0),
    },
    {
      expected: `some of ${submits.length} submits were repeated after a 5xx`,
      found: `${failures} answers of 5xx`,
      holds: failures > 0,
    },
  ];
};

/** A job that is run twice ends twice. */
const countEndings = (rig: Rig) => {
  let written = 0;
  rig.onLine((_functionName, line) => {
    if (line.includes('"message":"job ended"')) written += 1;
  });
  return { written: () => written };
};

const clientsOf = (rig: Rig, signal: AbortSignal): Promise<ApiClient[]> =>
  Promise.all(
    Array.from({ length: TENANTS }, async (_, number) => {
      const scopes = ['jobs:read', 'jobs:write'];
      return createApiClient(rig, await rig.token({ tenantId: `tenant-${number}`, scopes }), signal);
    }),
  );

/** A key is always the same tenant's. */
const apiFor = (apis: readonly ApiClient[], key: number): ApiClient => {
  const api = apis[key % TENANTS];
  if (api === undefined) throw new Error('each tenant has a client');
  return api;
};

/** What the clients will send, by the seed: a new key, or one of those before. */
const submitsOf = (context: DrillContext): Submit[] => {
  const random = seededRandom(context.seed);
  let keys = 0;
  return Array.from({ length: sizeOf(context, 300, 10_000) }, () => {
    if (keys > 0 && random.chance(REPEATED))
      return { key: random.between(0, keys - 1), changed: random.chance(CHANGED / REPEATED) };
    keys += 1;
    return { key: keys - 1, changed: false };
  });
};

const models = ['gpt-5-nano', 'gpt-5-mini', 'gpt-5'] as const;

const bodyOf = ({ key, changed }: Submit): object => ({
  creatorId: `creator-${key}`,
  subjectRefs: [],
  priority: 'low', // the lane with the fewest workers: they are not what dies here
  model: models[key % models.length],
  input: { messages: [{ role: 'user', content: changed ? `Another body ${key}` : `Message ${key}` }] },
});

/** What the clients were told. */
type Told = {
  /** The jobs that each key was said to stand for. */
  accepted: Map<number, Set<string>>;
  /** 409 to another body under a key. */
  conflicts: number;
  /** What no client may get. */
  strange: string[];
};

const submitAll = async (
  { say }: DrillContext,
  apis: readonly ApiClient[],
  submits: readonly Submit[],
): Promise<Told> => {
  const told: Told = { accepted: new Map(), conflicts: 0, strange: [] };
  const firsts = new Map<number, Promise<void>>();
  const limit = createLimiter(CLIENTS);
  let answered = 0;
  await Promise.all(
    submits.map((submit) => {
      const sent = limit(async () => {
        if (submit.changed) await firsts.get(submit.key);
        note(told, submit, await send(apiFor(apis, submit.key), submit));
        answered += 1;
        if (answered % REPORT_EVERY === 0) say(`${answered} of ${submits.length} submits are answered`);
      });
      if (!firsts.has(submit.key)) firsts.set(submit.key, sent);
      return sent;
    }),
  );
  return told;
};

const REPORT_EVERY = 1_000;

const send = (api: ApiClient, submit: Submit): Promise<ApiAnswer> =>
  api.ask('POST', '/v1/jobs', bodyOf(submit), { 'idempotency-key': `key-${submit.key}` });

const note = (told: Told, { key, changed }: Submit, { status, body }: ApiAnswer): void => {
  if (changed && status === 409) told.conflicts += 1;
  else if (!changed && (status === 202 || status === 200)) {
    const ids = told.accepted.get(key) ?? new Set();
    told.accepted.set(key, ids.add(job.parse(body).jobId));
  } else
    told.strange.push(
      `${status} to key ${key}${changed ? ' with another body' : ''}: ${JSON.stringify(body)}`,
    );
};

/** How often a job that has not ended is asked for again, 20 s each: what has not ended by then is lost. */
const MOST_LOOKS = 6;

/** How many jobs have ended in which way, as the API says. */
const endingsOf = async (
  apis: readonly ApiClient[],
  accepted: readonly { key: number; jobId: string }[],
): Promise<Record<string, number>> => {
  const limit = createLimiter(CLIENTS);
  const statuses = await Promise.all(
    accepted.map(({ key, jobId }) =>
      limit(async () => {
        for (let looks = 1; ; looks += 1) {
          const { body } = await apiFor(apis, key).ask('GET', `/v1/jobs/${jobId}?wait=20`);
          const { status } = job.parse(body);
          if (isEnded(status) || looks === MOST_LOOKS) return status;
        }
      }),
    ),
  );
  const byStatus = Map.groupBy(statuses, (status) => status);
  return Object.fromEntries([...byStatus].map(([status, all]) => [status, all.length]));
};

/** The ids of all rows in the jobs table. */
const rowIds = async ({ dynamodb }: Rig): Promise<string[]> => {
  const ids: string[] = [];
  const pages = paginateScan(
    { client: dynamodb },
    { TableName: 'relay-local-jobs', ProjectionExpression: 'jobId' },
  );
  for await (const { Items = [] } of pages) ids.push(...Items.map(({ jobId }) => jobId?.S ?? ''));
  return ids;
};
