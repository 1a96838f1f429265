import { alertRecords, fleetRecords } from './shared-records.ts';
import { type Collection, costOfEntry, DAY, type Store } from './store.ts';
import { words } from './words.ts';

const jobs: Collection = {
  name: 'job',
  about: words(
    'a job: who it is for, how it went; sealed, its metadata and answer, or the message of one that failed',
    'une tâche : pour qui, son déroulement ; chiffrés, ses métadonnées et sa réponse, ou le message de celle qui a échoué',
  ),
  purpose: 'answer',
  subjects: ['fan', 'creator', 'third', 'tenant'],
  retention: { kind: 'for', seconds: 7 * DAY, from: 'write', variable: 'JOB_RETENTION_SECONDS' },
  erasure: 'found',
  export: 'portability',
  fields: {
    content: ['answer.sealed', 'message', 'sealedMetadata'],
    pseudonym: ['creatorId', 'subjectRefs[]', 'consentRef', 'jobId', 'correlationId'],
    account: ['tenantId'],
    hash: ['answerKey', 'bodyHash'],
    cost: [
      'costMicroUsd',
      'attempts[].costMicroUsd',
      'attempts[].unpriced',
      'attempts[].usage.inputTokens',
      'attempts[].usage.cachedInputTokens',
      'attempts[].usage.cacheWriteTokens',
      'attempts[].usage.outputTokens',
      'attempts[].usage.reasoningTokens',
    ],
    operation: [
      'status',
      'reason',
      'lane',
      'model',
      'mode',
      'disclosed',
      'enqueuedAtMs',
      'startedAtMs',
      'deadlineAtMs',
      'endedAtMs',
      'expiresAt',
      'traceId',
      'claimId',
      'leaseUntilMs',
      'runsCharged',
      'retries',
      'canceledFrom',
      'answer.source',
      'answer.aiGenerated',
      'answer.model',
      'answer.provider',
      'answer.modelId',
      'answer.generatedAtMs',
      'attempts[].callId',
      'attempts[].model',
      'attempts[].provider',
      'attempts[].modelId',
      'attempts[].startedAtMs',
      'attempts[].durationMs',
      'attempts[].firstEventMs',
      'attempts[].limits.firstEventMs',
      'attempts[].limits.betweenEventsMs',
      'attempts[].limits.totalMs',
      'attempts[].limits.basis.kind',
      'attempts[].limits.basis.samples',
      'attempts[].limits.basis.p99Ms.firstEvent',
      'attempts[].limits.basis.p99Ms.betweenEvents',
      'attempts[].limits.basis.p99Ms.total',
      'attempts[].outcome',
      'attempts[].code',
      'attempts[].retryAfterMs',
      'attempts[].servedTier',
      'attempts[].askedTier',
      'skips[].rung',
      'skips[].provider',
      'skips[].reason',
      'skips[].atMs',
    ],
  },
};

const ledgerEntries: Collection = {
  name: 'entry',
  about: words('a call of a provider and what it cost', 'un appel à un prestataire et son coût'),
  purpose: 'account',
  subjects: ['tenant'],
  retention: { kind: 'for', seconds: 400 * DAY, from: 'call', variable: 'LEDGER_RETENTION_SECONDS' },
  erasure: 'totals',
  export: 'access',
  fields: {
    account: ['tenantId'],
    cost: costOfEntry,
    operation: ['period', 'entry', 'lane', 'model', 'provider', 'modelId', 'tier', 'traceId', 'expiresAt'],
  },
};

const totals: Collection = {
  name: 'hour',
  about: words('what a tenant has spent in an hour', 'ce qu’un client a dépensé en une heure'),
  purpose: 'account',
  subjects: ['tenant'],
  retention: { kind: 'for', seconds: 400 * DAY, from: 'call', variable: 'LEDGER_RETENTION_SECONDS' },
  erasure: 'totals',
  export: 'access',
  fields: {
    account: ['tenantDay'],
    cost: [
      'cells',
      'calls',
      'estimatedCalls',
      'costMicroUsd',
      'inputTokens',
      'cachedInputTokens',
      'cacheWriteTokens',
      'outputTokens',
      'reasoningTokens',
    ],
    operation: ['hour', 'expiresAt'],
  },
};

const lateHours: Collection = {
  name: 'late-hour',
  about: words('an hour whose totals must be made anew', 'une heure dont les totaux sont à recalculer'),
  purpose: 'account',
  subjects: [],
  retention: { kind: 'for', seconds: 400 * DAY, from: 'write', variable: 'LEDGER_RETENTION_SECONDS' },
  erasure: 'none',
  export: 'none',
  fields: { operation: ['tenantDay', 'hour', 'markedAtMs', 'expiresAt'] },
};

const requests: Collection = {
  name: 'request',
  about: words(
    'a request of a person: which right, whose data, due and answered when',
    'une demande de personne : droit, personne concernée, échéance, réponse',
  ),
  purpose: 'rights',
  subjects: ['fan', 'creator', 'tenant'],
  retention: { kind: 'for', seconds: 1_096 * DAY, from: 'record', variable: 'PRIVACY_RETENTION_SECONDS' },
  erasure: 'kept',
  export: 'access',
  fields: {
    pseudonym: ['subjectRef', 'requestId', 'progress.cursor'],
    account: ['tenantId', 'recordedBy'],
    hash: ['bodyHash', 'parts[].sha256'],
    right: [
      ...['right', 'subjectKind', 'status', 'receivedAtMs', 'dueOn', 'completedAtMs', 'recordedAtMs'],
      ...['erasedAtMs', 'receipt'],
    ],
    operation: [
      ...['auditId', 'expiresAt', 'open', 'workAtMs', 'version', 'exportFolder', 'exportUntilMs'],
      ...['progress.step', 'progress.dueAtMs', 'progress.erased.jobs', 'progress.erased.dead-letters'],
      ...['progress.erased.exports', 'progress.erased.requests'],
      ...['parts[].name', 'parts[].bytes', 'parts[].lines'],
    ],
  },
};

const auditRecords: Collection = {
  name: 'record',
  about: words(
    'who asked, read or changed what; each record vouches for the one before it',
    'qui a demandé, lu ou modifié quoi ; chaque enregistrement scelle le précédent',
  ),
  purpose: 'secure',
  subjects: ['tenant', 'operator'],
  retention: { kind: 'for', seconds: 366 * DAY, from: 'record', variable: 'AUDIT_RETENTION_SECONDS' },
  erasure: 'kept',
  export: 'access',
  fields: {
    account: ['actor'],
    operation: [
      'chain',
      'sequence',
      'atMs',
      'action',
      'target',
      'requestId',
      'details.*',
      'previousHash',
      'hash',
      'expiresAt',
    ],
  },
};

const subjects: Collection = {
  name: 'subject',
  about: words(
    'a person’s key, wrapped, and that data were erased or restricted; found by a keyed hash',
    'la clé chiffrée d’une personne, et la mention d’un effacement ou d’une limitation ; retrouvée par une empreinte à clé',
  ),
  purpose: 'secure',
  subjects: ['fan', 'creator', 'tenant'],
  retention: {
    kind: 'for',
    seconds: 35 * DAY,
    from: 'write',
    or: [
      { seconds: 90 * DAY, when: words('erased', 'effacement') },
      { seconds: 1_096 * DAY, when: words('restricted', 'limitation') },
    ],
  },
  erasure: 'key',
  export: 'none',
  fields: {
    hash: ['name'],
    credential: ['wrappedKey'],
    right: ['erasedAtMs', 'restrictedAtMs'],
    operation: ['version', 'expiresAt'],
  },
};

const kept = { kind: 'table', encryption: 'aws-kms', recoveryDays: 7 } as const;

export const tables: readonly Store[] = [
  { name: 'relay-<stage>-jobs', ...kept, collections: [jobs] },
  { name: 'relay-<stage>-ledger', ...kept, collections: [ledgerEntries] },
  { name: 'relay-<stage>-totals', ...kept, collections: [totals, lateHours] },
  { name: 'relay-<stage>-privacy', ...kept, collections: [requests] },
  { name: 'relay-<stage>-audit', ...kept, collections: [auditRecords] },
  { name: 'relay-<stage>-subject-keys', kind: 'table', encryption: 'aws-kms', collections: [subjects] },
  { name: 'relay-<stage>-fleet', kind: 'table', encryption: 'aws-kms', collections: fleetRecords },
  { name: 'relay-<stage>-alerts', kind: 'table', encryption: 'aws-kms', collections: alertRecords },
];
