import { laneNames } from '../../pipeline/job/lane.ts';
import { type Collection, costOfEntry, DAY, type Store } from './store.ts';
import { words } from './words.ts';

const waiting = { kind: 'for', seconds: 4 * DAY, from: 'sending' } as const;
const setAside = { kind: 'for', seconds: 14 * DAY, from: 'sending' } as const;

/** What a queue's message is carried with. */
const attributes = (...names: string[]) => names.map((name) => `attribute:${name}`);

const jobMessages: Collection = {
  name: 'message',
  about: words(
    'a job: sealed as Relay sends it, or as its producer sends it itself',
    'une tâche : chiffrée telle que Relay l’envoie, ou telle que son émetteur l’envoie lui-même',
  ),
  purpose: 'answer',
  subjects: ['fan', 'creator', 'third', 'tenant'],
  retention: waiting,
  erasure: 'expires',
  export: 'copy',
  fields: {
    content: [
      'sealed',
      'input.instructions',
      'input.messages[].content',
      'options.defaultAnswer',
      'sealedMetadata',
      'metadata.*',
    ],
    pseudonym: [
      'creatorId',
      'subjectRefs[]',
      'jobId',
      'idempotencyKey',
      'consentRef',
      ...attributes('correlationId'),
    ],
    account: ['tenantId'],
    operation: [
      'priority',
      'model',
      'mode',
      'disclosed',
      'contentRating',
      'deadlineAt',
      'allowedProcessors[]',
      'input.messages[].role',
      'inputChars',
      'options.timeoutMs',
      'options.reasoningEffort',
      'options.maxOutputTokens',
      ...attributes('traceparent'),
    ],
  },
};

const reasons = attributes('reason', 'detail', 'sourceMessageId');

/** The same, with why. */
const deadLettersOf = (collection: Collection): Collection => ({
  ...collection,
  retention: setAside,
  fields: { ...collection.fields, operation: [...(collection.fields.operation ?? []), ...reasons] },
});

const ends: Collection = {
  name: 'message',
  about: words(
    'that a job or a privacy request has ended: no words, no person',
    'la fin d’une tâche ou d’une demande de droits : ni contenu, ni personne',
  ),
  purpose: 'tell',
  subjects: ['tenant'],
  retention: waiting,
  erasure: 'expires',
  export: 'copy',
  fields: {
    pseudonym: ['jobId', 'correlationId', 'requestId'],
    account: ['tenantId'],
    hash: ['eventId'],
    cost: ['costMicroUsd'],
    operation: ['type', 'lane', 'model', 'status', 'reason', 'acceptedAt', 'endedAt'],
    right: ['right', 'subjectKind', 'completedAt'],
  },
};

const repairs: Collection = {
  name: 'message',
  about: words('entries that the ledger has not taken', 'écritures que le registre des coûts n’a pas prises'),
  purpose: 'account',
  subjects: ['tenant'],
  retention: waiting,
  erasure: 'expires',
  export: 'copy',
  fields: {
    account: ['tenantId'],
    cost: costOfEntry,
    operation: ['callId', 'kind', 'atMs', 'lane', 'model', 'provider', 'modelId', 'tier', 'traceId'],
  },
};

const raised: Collection = {
  name: 'message',
  about: words('an alert, or an alarm of CloudWatch', 'une alerte, ou une alarme CloudWatch'),
  purpose: 'operate',
  subjects: ['tenant'],
  retention: waiting,
  erasure: 'expires',
  export: 'none',
  fields: { hash: ['labels.*'], operation: ['name', 'severity', 'state', 'atMs', 'endsAtMs'] },
};

const notices: Collection = {
  name: 'notice',
  about: words('what people on call are told', 'ce dont le personnel d’astreinte est informé'),
  purpose: 'operate',
  subjects: ['tenant', 'operator'],
  retention: { kind: 'nothing' },
  erasure: 'none',
  export: 'none',
  fields: {
    hash: ['labels.*', 'members[].*'],
    contact: ['subscription:endpoint'],
    operation: [
      'id',
      'reason',
      'name',
      'severity',
      'counts.firing',
      'counts.resolved',
      'counts.received',
      'firstAtMs',
      'lastAtMs',
      'lanes[]',
      'more',
      'action',
      'runbook',
    ],
  },
};

const queue = (name: string, collection: Collection): Store => ({
  name: `relay-<stage>-${name}`,
  kind: 'queue',
  encryption: 'sqs-managed',
  collections: [collection],
});

const withDeadLetters = (name: string, collection: Collection): Store[] => [
  queue(name, collection),
  queue(`${name}-dlq`, deadLettersOf(collection)),
];

/** What is under way. */
export const queues: readonly Store[] = [
  ...laneNames.flatMap((lane) => withDeadLetters(lane, jobMessages)),
  ...withDeadLetters('webhooks', ends),
  ...withDeadLetters('ledger-repair', repairs),
  ...withDeadLetters('alerts', raised),
];

const passing = { kind: 'topic' } as const;

export const topics: readonly Store[] = [
  {
    name: 'relay-<stage>-results',
    ...passing,
    encryption: 'aws-kms',
    collections: [{ ...ends, name: 'event', retention: { kind: 'nothing' }, erasure: 'none' }],
  },
  {
    name: 'relay-<stage>-alarms',
    ...passing,
    encryption: 'own-key',
    collections: [
      {
        ...raised,
        name: 'alarm',
        about: words(
          'an alarm of CloudWatch: numbers and names of ours',
          'une alarme CloudWatch : nombres et noms internes',
        ),
        subjects: [],
        retention: { kind: 'nothing' },
        erasure: 'none',
        fields: { operation: ['*'] },
      },
    ],
  },
  { name: 'relay-<stage>-notices', ...passing, encryption: 'own-key', collections: [notices] },
];
