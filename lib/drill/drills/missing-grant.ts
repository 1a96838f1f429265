import type { Policies } from '../../local/cloud/assembly/plan-policies.ts';
import { sentenceOf } from '../../local/cloud/iam/access-denied.ts';
import { withoutStatement } from '../../local/cloud/iam/grants.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { HOUR_MS, utcHour } from '../../pipeline/utc.ts';
import type { DrillContext, Finding } from '../drill.ts';
import { createApiClient } from '../rig/api-client.ts';
import { order, privacyDoors } from '../rig/privacy-order.ts';
import { openQueues } from '../rig/queues.ts';
import type { Rig } from '../rig/rig.ts';

/** What each function is no longer let do: the first statement of its policy that allows it is gone. */
const taken: Readonly<Record<string, string>> = {
  'process-job-critical': 'secretsmanager:GetSecretValue',
  'process-job-high': 'sns:Publish',
  'process-job-medium': 'dynamodb:BatchWriteItem',
  'process-job-low': 'dynamodb:GetItem',
  'http-api': 'dynamodb:PutItem',
  'group-alerts': 'dynamodb:Query',
  'repair-ledger': 'dynamodb:BatchWriteItem',
  'total-costs': 'dynamodb:Query',
  'reconcile-costs': 'dynamodb:Query',
  'answer-privacy-requests': 'dynamodb:GetItem',
  'verify-privacy': 'dynamodb:Query',
  'send-webhooks': 'dynamodb:Query',
};

/** Far more than any of them takes on a busy machine. */
const PATIENCE_MS = 60_000;

/** A statement is taken from the policy of every function: the next time that it needs it, it is refused, and says so. */
export const missingGrant = async ({ startRig, signal }: DrillContext): Promise<readonly Finding[]> => {
  const nowhere = { url: 'https://10.0.0.7/', secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] };
  const rig = await startRig({ amendPolicies: withoutTaken, webhooks: { 'tenant-drill': nowhere } });
  const refusals = watchRefusals(rig);
  await occupy(rig, signal);
  await refusals.complete;
  return Object.entries(taken).flatMap(([functionName, action]) => [
    findingOf(`${functionName} without ${action} is refused`, refusals.sentences.get(functionName)),
    findingOf(`${functionName} names the refusal in its log`, refusals.lines.get(functionName)),
  ]);
};

const withoutTaken = (declared: Policies): Policies =>
  [...declared.ofRoles].reduce((policies, [role, statements]) => {
    const action = actionTakenFrom(role);
    const index = statements.findIndex(({ Action }) => action !== undefined && Action.includes(action));
    return index < 0 ? policies : withoutStatement(policies, { kind: 'ofRoles', of: role, index });
  }, declared);

/** Names of roles have those of their functions in them, without hyphens. */
const actionTakenFrom = (role: string): string | undefined =>
  Object.entries(taken).find(([name]) => role.includes(`${name.replaceAll('-', '')}Role`))?.[1];

const findingOf = (expected: string, found: string | undefined): Finding => ({
  expected,
  found: found ?? 'nothing of it was seen',
  holds: found !== undefined,
});

/** DynamoDB, KMS, Secrets Manager and SQS say the one, SNS the other. */
const REFUSAL = /"(error|errorType)":"(AccessDenied(Exception)?|AuthorizationError(Exception)?)"/;

/** IAM's first sentence for each function, and its own first word of it. Complete when all are there, or have had long enough. */
const watchRefusals = (rig: Rig) => {
  const sentences = new Map<string, string>();
  const lines = new Map<string, string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const tooLate = setTimeout(resolve, PATIENCE_MS);
  const keep = (found: Map<string, string>, fullName: string, text: string) => {
    const functionName = fullName.replace('relay-local-', '');
    if (!found.has(functionName)) found.set(functionName, text);
    if (Object.keys(taken).every((name) => sentences.has(name) && lines.has(name))) resolve();
  };
  rig.onAccess((access, decision) => {
    if (decision.kind === 'denied' && access.principal.kind === 'role')
      keep(sentences, access.principal.sessionName, sentenceOf({ access, because: decision.because }));
  });
  rig.onLine((functionName, line) => {
    const [found] = REFUSAL.exec(line) ?? [];
    if (found !== undefined) keep(lines, functionName, found);
  });
  return { sentences, lines, complete: promise.finally(() => clearTimeout(tooLate)) };
};

/** Something to do for each of them. */
const occupy = async (rig: Rig, signal: AbortSignal): Promise<void> => {
  using queues = openQueues(rig);
  for (const lane of laneNames) await rig.send(lane, [{}]);
  await queues.send('alerts', '{"spoilt":');
  const hours = { fromHour: utcHour(Date.now() - HOUR_MS), untilHour: utcHour(Date.now() + HOUR_MS) };
  const token = await rig.token({ tenantId: 'tenant-drill', scopes: ['jobs:write', 'privacy:write'] });
  const api = createApiClient(rig, token, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
  await order(api, { right: 'access', subject: { kind: 'fan', ref: 'fan-of-drill' } });
  for (const name of ['total-costs', 'reconcile-costs', ...privacyDoors, 'group-alerts'])
    await rig.invoke(name, name === 'reconcile-costs' ? hours : {}).catch(() => undefined); // it is refused
  const job = { creatorId: 'c', subjectRefs: [], priority: 'high', model: 'gpt-5-nano' };
  const turns = [{ role: 'user', content: 'Salut' }];
  void api.ask('POST', '/v1/jobs', { ...job, input: { messages: turns } }).catch(() => undefined); // again and again
};
