import { laneNames } from '../../pipeline/job/lane.ts';
import type { PrivacyRight } from '../../pipeline/privacy/privacy-request.ts';
import { planOf, stepOf } from '../../pipeline/privacy/request-plan.ts';
import { createPrivacyTable } from '../../runtime/privacy/privacy-table.ts';
import { type ApiClient, createApiClient } from '../rig/api-client.ts';
import { carriedOut, order, type PrivacyRequest, workUntil } from '../rig/privacy-order.ts';
import { openQueues } from '../rig/queues.ts';
import type { Rig } from '../rig/rig.ts';

const TENANT = 'tenant-of-persons';
const FAN = 'fan-of-drill';

const orderOf = (right: PrivacyRight) => ({ right, subject: { kind: 'fan' as const, ref: FAN } });

const jobAbout = (ref: string, priority: string) => ({
  creatorId: 'creator-of-fans',
  subjectRefs: [ref],
  priority,
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: 'Salut' }] },
});

/** A fan is restricted, exported and erased: of a tenant without keys at first, with letters of the fan in every lane. */
export const putPrivacyToWork = async (rig: Rig, signal: AbortSignal): Promise<void> => {
  const scopes = ['jobs:write', 'privacy:write'];
  const api = createApiClient(rig, await rig.token({ tenantId: TENANT, scopes }), signal);
  const orderAndWait = async (right: PrivacyRight) =>
    carriedOut(rig, api, await order(api, orderOf(right)), signal);
  await orderAndWait('restriction');
  await api.ask('POST', '/v1/jobs', jobAbout(FAN, 'critical'));
  await fetchExport(await orderAndWait('access'));
  await eraseTwice(rig, api, signal);
  await rig.invoke('verify-privacy', {});
};

const fetchExport = async ({ export: exported }: PrivacyRequest): Promise<void> => {
  if (exported === undefined) throw new Error('there is no export');
  for (const url of [exported.manifest, ...exported.parts.map((part) => part.url)]) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`an export's object was answered with ${response.status}`);
    await response.text();
  }
};

/** Who verifies finds a request of the fan that came meanwhile, so that it looks for its export, and all is done again. */
const eraseTwice = async (rig: Rig, api: ApiClient, signal: AbortSignal): Promise<void> => {
  await leaveLetters(rig);
  const unverified = {
    id: 'unverified',
    match: { functionName: 'verify-privacy' },
    fault: { kind: 'no-concurrency' },
  };
  await rig.cloudFaults([unverified]);
  const erasure = await order(api, orderOf('erasure'));
  const unlessVerified = () => isToBeVerified(rig, erasure);
  await workUntil(rig, ['answer-privacy-requests'], unlessVerified, signal);
  await order(api, orderOf('access'));
  await rig.cloudFaults([]);
  await carriedOut(rig, api, erasure, signal);
};

/** In every lane one letter is about the fan, and one is not. */
const leaveLetters = async (rig: Rig): Promise<void> => {
  using queues = openQueues(rig);
  for (const lane of laneNames)
    for (const ref of [FAN, 'fan-of-nobody'])
      await queues.send(
        `${lane}-dlq`,
        JSON.stringify({ ...jobAbout(ref, lane), tenantId: TENANT, mode: 'draft' }),
      );
};

const isToBeVerified = async (
  { dynamodb }: Rig,
  { requestId }: PrivacyRequest,
): Promise<true | undefined> => {
  const table = createPrivacyTable({
    client: dynamodb,
    tableName: 'relay-local-privacy',
    retentionSeconds: 0,
    now: Date.now,
  });
  const record = await table.read({ tenantId: TENANT, requestId });
  if (record === undefined) return undefined;
  return stepOf(planOf(record.right), record.progress)?.kind === 'verify' ? true : undefined;
};
