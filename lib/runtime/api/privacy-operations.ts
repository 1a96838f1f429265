import { fieldProblem, type Problem, problem } from '../../api/problem.ts';
import type { RequestOf } from '../../api/route.ts';
import type { Routes } from '../../api/routes.ts';
import { instantOf } from '../../api/schemas/common.ts';
import { signedReceipt } from '../../api/schemas/privacy.ts';
import type { TenantLimit } from '../../pipeline/fleet/tenant-limit.ts';
import type { Chance, Clock } from '../../pipeline/ports.ts';
import { dueDay, GDPR_SINCE } from '../../pipeline/privacy/privacy-request.ts';
import { begun } from '../../pipeline/privacy/request-plan.ts';
import { dayStartMs, utcDay } from '../../pipeline/utc.ts';
import { idOfKey } from '../id-of-key.ts';
import type { ExportBucket } from '../privacy/export-bucket.ts';
import { MANIFEST } from '../privacy/export-names.ts';
import { isOfPerson, type PersonsRequest, type PrivacyRecord } from '../privacy/privacy-record.ts';
import type { PrivacyTable } from '../privacy/privacy-table.ts';
import type { Audit } from './audit.ts';
import { canonicalHash } from './canonical-json.ts';
import type { Operations } from './operations.ts';

type Ports = {
  requests: PrivacyTable;
  bucket: Pick<ExportBucket, 'link'>;
  /** How many requests a tenant may bring. */
  rights: TenantLimit;
  audit: Audit;
  clock: Pick<Clock, 'now'>;
  chance: Pick<Chance, 'newId'>;
};

type PrivacyOperations = Pick<Operations, 'requestPrivacy' | 'getPrivacyRequest'>;

/** Requests that one tenant may bring in a minute: each makes work for as long as an hour. */
export const RIGHTS_PER_MINUTE = 60;

/** A caller's clock may be ahead by so much, in ms. */
const CLOCKS_DIFFER_MS = 60_000;

/** What a person may ask of those who keep their data: it is recorded here, and carried out by `answer-privacy-requests`. */
export const createPrivacyOperations = (ports: Ports): PrivacyOperations => ({
  requestPrivacy: async (order) => {
    const asked = recordOf(ports, order);
    if ('kind' in asked) return asked;
    const room = await ports.rights.take(order.caller.tenantId);
    if (room.kind === 'full') return tooMany(room.freeAtMs - ports.clock.now());
    const { isNew, record } = await ports.requests.record(asked);
    if (record.bodyHash !== undefined && record.bodyHash !== asked.bodyHash) return otherBody;
    if (!isOfPerson(record)) return noRequest;
    await ports.audit({
      action: 'privacy-request',
      clientId: order.caller.clientId,
      requestId: order.requestId,
      target: record.auditId,
      details: { right: record.right, subjectKind: record.subjectKind, isNew },
    });
    const body = viewOf(record);
    return { kind: 'answer', status: 202, body, headers: { location: body.links.self } };
  },
  getPrivacyRequest: async ({ caller: { tenantId, clientId }, params, requestId }) => {
    const record = await ports.requests.read({ tenantId, ...params });
    if (record === undefined || !isOfPerson(record)) return noRequest;
    const exported = exportOf(ports, record);
    const act = { clientId, requestId, target: record.auditId, details: { right: record.right } };
    if (exported !== undefined) await ports.audit({ action: 'read-export', ...act });
    return {
      kind: 'answer',
      status: 200,
      body: { ...viewOf(record), ...(exported && { export: exported }) },
    };
  },
});

/** How long whoever has a link may fetch an export by it, in seconds. */
const LINK_SECONDS = 900;

/** Links to the objects of an export, as long as it is there. */
const exportOf = ({ bucket, clock }: Ports, { exportFolder, exportUntilMs = 0, parts }: PrivacyRecord) => {
  const nowMs = clock.now();
  if (exportFolder === undefined || nowMs >= exportUntilMs) return undefined;
  const linkTo = (name: string) => bucket.link(`${exportFolder}/${name}`, LINK_SECONDS);
  return {
    keptUntil: instantOf(exportUntilMs),
    linksUntil: instantOf(nowMs + LINK_SECONDS * 1000),
    manifest: linkTo(MANIFEST),
    parts: parts.map((part) => ({ ...part, url: linkTo(part.name) })),
  };
};

const tooMany = (waitMs: number): Problem =>
  problem('too-many-requests', 'The tenant has brought its requests of this minute: wait for the next one.', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });

const otherBody = problem(
  'idempotency-conflict',
  'A request with this key was recorded before, with another body. Choose a new key for a new request.',
);

/** One answer for a request that never was and for another tenant's: they cannot be told apart. */
const noRequest = problem('not-found', 'The tenant has no privacy request of this id.');

const recordOf = (
  { clock, chance }: Ports,
  { caller, body, headers }: RequestOf<Routes['requestPrivacy']>,
): PrivacyRecord | Problem => {
  const { tenantId, clientId } = caller;
  const { right, subject } = body;
  const nowMs = clock.now();
  const receivedAtMs = body.receivedAt === undefined ? nowMs : Date.parse(body.receivedAt);
  if (subject.kind === 'tenant' && subject.ref !== tenantId)
    return problem('other-tenant', 'Name the tenant of the token, or get a token of that tenant.');
  if (receivedAtMs > nowMs + CLOCKS_DIFFER_MS) return fieldProblem('receivedAt', 'is in the future');
  if (receivedAtMs < dayStartMs(GDPR_SINCE)) return fieldProblem('receivedAt', `is before ${GDPR_SINCE}`);
  const key = headers['idempotency-key'];
  return {
    requestId: key === undefined ? chance.newId() : idOfKey(tenantId, key),
    tenantId,
    right,
    subjectKind: subject.kind,
    subjectRef: subject.ref,
    status: 'received',
    receivedAtMs,
    dueOn: dueDay(utcDay(receivedAtMs)),
    recordedAtMs: nowMs,
    recordedBy: clientId,
    auditId: chance.newId(),
    bodyHash: canonicalHash(body),
    progress: begun(nowMs),
    version: 0,
    parts: [],
  };
};

const viewOf = ({
  requestId,
  right,
  subjectKind,
  status,
  receivedAtMs,
  dueOn,
  completedAtMs,
  receipt,
}: PersonsRequest) => ({
  ...{ requestId, right, subjectKind, status, dueOn },
  receivedAt: instantOf(receivedAtMs),
  ...(completedAtMs !== undefined && { completedAt: instantOf(completedAtMs) }),
  ...(receipt !== undefined && { receipt: signedReceipt.parse(JSON.parse(receipt)) }),
  links: { self: `/v1/privacy/requests/${requestId}` },
});
