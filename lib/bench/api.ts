import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { job } from '../api/schemas/job.ts';
import { startCloud } from '../local/cloud/cloud.ts';
import { AUDIENCE, startIssuer } from '../local/issuer.ts';
import { percentile } from '../local/sample/percentile.ts';
import { PROVIDER_KEYS } from '../local/secret-names.ts';
import { synthesize } from '../local/synthesize.ts';
import { type Random, seededRandom } from '../seeded-random.ts';
import { startHelloFront } from './hello-front.ts';
import type { BenchContext, Figure, Measure } from './measure.ts';
import { createRequestTally } from './request-tally.ts';

const USERS = 50;

/** Of each user: one of each kind. The first rounds start environments and compile; they do not count. */
const ROUNDS = 12;
const ROUNDS_OF_WARMTH = 4;

/** A user thinks up to this long before each request, so that 50 of them make some 65 requests a second. In ms. */
const THINKS_MS = 1_500;

/** What an answer may take of the time that a bare hello takes. */
const MAX_RATIO = 3;

/**
 * `named`: a submit with a key, whose row is written before its message. `stranger`: one about persons whom nobody has met,
 * so that their keys are looked for and made; the others are about those of the user's own conversation.
 */
const kinds = ['hello', 'submit', 'named', 'stranger', 'read'] as const;
type Kind = (typeof kinds)[number];

type Latencies = Record<Kind, number[]>;

/** Where users go, and with which token. */
type Places = { hello: string; jobs: string; token: string };

/** Submits and reads beside a bare hello behind the same local gateway, all at the same time, while no worker runs. */
export const measureApi = async (context: BenchContext): Promise<Measure> => {
  context.say('api: starting the local cloud ...');
  await using opened = new AsyncDisposableStack();
  const places = await startPlaces(opened, context);
  context.say(`api: ${USERS} users, ${ROUNDS} rounds of ${kinds.join(', ')} ...`);
  const latencies: Latencies = { hello: [], submit: [], named: [], stranger: [], read: [] };
  await Promise.all(
    Array.from({ length: USERS }, (_, user) => live(places, seededRandom(user), latencies, context.signal)),
  );
  return { name: 'api', figures: figuresOf(latencies) };
};

const startPlaces = async (
  opened: AsyncDisposableStack,
  { projectDir, workDir }: BenchContext,
): Promise<Places> => {
  const issuer = await startIssuer(0);
  opened.defer(() => issuer.stop());
  const assemblyDir = join(workDir, 'cdk.out');
  const trust = JSON.stringify({ url: issuer.url, audience: AUDIENCE });
  await synthesize(projectDir, assemblyDir, { openai: 'http://127.0.0.1:9/v1' }, { issuer: trust });
  const { onRequest } = createRequestTally(() => performance.now()); // lanes stay shut
  const cloud = await startCloud({
    assemblyDir,
    ports: { aws: 0, dynamodb: 0 },
    secrets: { [PROVIDER_KEYS]: JSON.stringify({ openai: 'bench' }) },
    onRequest,
  });
  opened.defer(() => cloud.stop());
  const scopes = ['jobs:read', 'jobs:write'];
  const guard = { issuer: issuer.url, audience: [AUDIENCE], scopes };
  return {
    hello: await startHelloFront(opened, workDir, guard),
    jobs: `${cloud.endpoints.api}/v1/jobs`,
    token: await issuer.token({ tenantId: 'tenant-bench', scopes }),
  };
};

/** One user, round after round. */
const live = async (
  places: Places,
  random: Random,
  latencies: Latencies,
  signal: AbortSignal,
): Promise<void> => {
  const authorization = `Bearer ${places.token}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const persons = newPersons(random);
  for (let round = 0; round < ROUNDS; round += 1) {
    const timed = async (kind: Kind, url: string, request: RequestInit) => {
      await sleep(random.next() * THINKS_MS, undefined, { signal });
      const startedAtMs = performance.now();
      const response = await fetch(url, { ...request, headers, signal });
      const text = await response.text();
      if (!response.ok) throw new Error(`${kind}: ${response.status} ${text}`);
      if (round >= ROUNDS_OF_WARMTH) latencies[kind].push(performance.now() - startedAtMs);
      return text;
    };
    await timed('hello', places.hello, {});
    const submitted = await timed('submit', places.jobs, { method: 'POST', body: orderOf(persons) });
    const named = orderOf(persons, { idempotencyKey: random.hex(16) });
    await timed('named', places.jobs, { method: 'POST', body: named });
    await timed('stranger', places.jobs, { method: 'POST', body: orderOf(newPersons(random)) });
    await timed('read', `${places.jobs}/${job.parse(JSON.parse(submitted)).jobId}`, {});
  }
};

const newPersons = (random: Random) => ({
  creatorId: `creator-${random.hex(8)}`,
  subjectRefs: [`fan-${random.hex(8)}`],
});

const orderOf = (persons: ReturnType<typeof newPersons>, name: object = {}): string =>
  JSON.stringify({
    ...name,
    ...persons,
    priority: 'high',
    model: 'gpt-5-nano',
    input: { messages: [{ role: 'user', content: 'When is the next live session?' }] },
  });

const figuresOf = (latencies: Latencies): Figure[] => {
  const of = (kind: Kind, percent: number) => percentile(latencies[kind], percent) ?? Number.NaN;
  return [50, 99].flatMap((percent): Figure[] => [
    ...kinds.map((kind): Figure => ({ name: `${kind} p${percent}`, value: of(kind, percent), unit: 'ms' })),
    ...(['submit', 'named', 'stranger', 'read'] as const).map(
      (kind): Figure => ({
        name: `${kind} against hello, p${percent}`,
        value: of(kind, percent) / of('hello', percent),
        unit: 'x',
        ...((kind === 'submit' || kind === 'read') && { goal: { kind: 'at-most', limit: MAX_RATIO } }),
      }),
    ),
  ]);
};
