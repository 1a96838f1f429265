import * as z from 'zod';
import { laneNames } from '../../pipeline/job/lane.ts';
import { utcDay } from '../../pipeline/utc.ts';
import type { ApiClient } from '../rig/api-client.ts';
import { createApiClient } from '../rig/api-client.ts';
import { openQueues } from '../rig/queues.ts';
import type { Rig } from '../rig/rig.ts';
import { budgetedIn } from './work-of-doors.ts';

const TENANT = 'tenant-of-api';

const jobFor = (lane: string) => ({
  creatorId: `creator-${lane}`,
  subjectRefs: [],
  priority: lane,
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: 'Salut' }] },
});

const accepted = z.object({ jobId: z.string() });
const ordered = z.object({ requestId: z.string() });

/** Asks every endpoint of the HTTP API for all that it can do, in every lane. */
export const putApiToWork = async (rig: Rig, signal: AbortSignal): Promise<void> => {
  const token = await rig.token({
    tenantId: TENANT,
    scopes: ['jobs:read', 'jobs:write', 'ops:read', 'ops:write', 'privacy:write'],
  });
  const client = createApiClient(rig, token, signal);
  await cancelJob(rig, client);
  for (const lane of laneNames) await client.ask('POST', '/v1/jobs', jobFor(lane));
  await client.ask('POST', '/v1/jobs?wait=1', jobFor('critical'));
  await client.ask('GET', '/v1/jobs');
  for (const path of ['lanes', 'circuits', 'alerts', `costs?from=${today()}&to=${today()}`])
    await client.ask('GET', `/v1/${path}`);
  for (const hold of ['closed', 'auto']) await client.ask('PUT', '/v1/circuits/openai/gpt-5-nano', { hold });
  const order = { right: 'access', subject: { kind: 'fan', ref: 'fan-of-drill' } };
  const { body } = await client.ask('POST', '/v1/privacy/requests', order);
  await client.ask('GET', `/v1/privacy/requests/${ordered.parse(body).requestId}`);
  await redrive(rig, client);
  await submitForAnother(rig, signal);
};

/** A worker has made the key of its tenant, and the API has not seen it. */
const submitForAnother = async (rig: Rig, signal: AbortSignal): Promise<void> => {
  const token = await rig.token({ tenantId: budgetedIn('critical'), scopes: ['jobs:write'] });
  await createApiClient(rig, token, signal).ask('POST', '/v1/jobs', jobFor('critical'));
};

const today = (): string => utcDay(Date.now());

/** A job that nobody may take is still waiting when it is canceled. */
const cancelJob = async (rig: Rig, client: ApiClient): Promise<void> => {
  const refused = {
    id: 'held',
    match: { functionName: 'process-job-low' },
    fault: { kind: 'no-concurrency' },
  };
  await rig.cloudFaults([refused]);
  const { body } = await client.ask('POST', '/v1/jobs', jobFor('low'));
  await client.ask('DELETE', `/v1/jobs/${accepted.parse(body).jobId}`);
  await rig.cloudFaults([]);
};

/** Of each lane one letter that is meant and one that is not; then a move of all, and a second one in its way. */
const redrive = async (rig: Rig, client: ApiClient): Promise<void> => {
  using queues = openQueues(rig);
  for (const lane of laneNames) {
    await queues.send(`${lane}-dlq`, JSON.stringify({ ...jobFor(lane), tenantId: TENANT, mode: 'draft' }));
    await queues.send(`${lane}-dlq`, '{"spoilt":');
    await client.ask('POST', `/v1/lanes/${lane}/redrive`, { filter: {} });
    await client.ask('POST', `/v1/lanes/${lane}/redrive`, { all: true });
  }
};
