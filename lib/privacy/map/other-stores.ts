import { laneNames } from '../../pipeline/job/lane.ts';
import { type Collection, DAY, type Store } from './store.ts';
import { type Words, words } from './words.ts';

/** Lines have no field for content, nor for an id that a caller chose (docs/decisions/0005-ids-in-logs.md). */
const lines = (about: Words, operation: readonly string[], account: readonly string[] = []): Collection => ({
  name: 'line',
  about,
  purpose: 'operate',
  subjects: account.length === 0 ? [] : ['tenant', 'operator'],
  retention: { kind: 'for', seconds: 30 * DAY, from: 'line', inDev: 7 * DAY },
  erasure: account.length === 0 ? 'none' : 'expires',
  export: 'none',
  fields: { ...(account.length > 0 && { account }), operation },
});

const ofFunction = (name: string, collection: Collection): Store => ({
  name: `/aws/lambda/relay-<stage>-${name}`,
  kind: 'log-group',
  encryption: 'aws-owned',
  collections: [collection],
});

/** What Powertools and an error of ours put into a line, metrics in the Embedded Metric Format included. */
const common = 'timestamp level message service sampling_rate _aws.* metric:* error at[]'.split(' ');

const ofDelivery =
  'lane Lane messageId traceId receives model status source reason detail delayMs calls[] passedOver[] count kind untold refused'.split(
    ' ',
  );

const ofRequest = 'requestId route status durationMs chain sequence atMs action target hash details.*'.split(
  ' ',
);

const ofJobs = lines(
  words(
    'how jobs went: SQS message id, trace id, numbers, words of ours',
    'déroulement des tâches : identifiant de message SQS, identifiant de trace, nombres, termes internes',
  ),
  [...common, ...ofDelivery],
);

const ofRequests = lines(
  words(
    'requests by their routes; who changed what of the stage (audit)',
    'requêtes par route ; qui a modifié quoi (piste d’audit)',
  ),
  [...common, ...ofRequest],
  ['actor'],
);

const ofStage = lines(words('numbers, and words of ours', 'nombres et termes internes'), [
  ...common,
  'details.*',
]);

const ofGateway: Collection = {
  ...lines(words('requests by their routes', 'requêtes par route'), [
    'requestId',
    'route',
    'status',
    'latencyMs',
    'authorizer',
    'integration',
  ]),
};

export const logGroups: readonly Store[] = [
  ...laneNames.map((lane) => ofFunction(`process-job-${lane}`, ofJobs)),
  ofFunction('http-api', ofRequests),
  ...[
    'group-alerts',
    'total-costs',
    'reconcile-costs',
    'repair-ledger',
    'send-webhooks',
    'answer-privacy-requests',
    'verify-privacy',
  ].map((name) => ofFunction(name, ofStage)),
  {
    name: '/aws/apigateway/relay-<stage>',
    kind: 'log-group',
    encryption: 'aws-owned',
    collections: [ofGateway],
  },
];

const keys = (about: Words, names: readonly string[]): Collection => ({
  name: 'value',
  about,
  purpose: 'secure',
  subjects: [],
  retention: { kind: 'until', event: words('a person replaces it', 'son remplacement par une personne') },
  erasure: 'replaced',
  export: 'none',
  fields: { credential: names },
});

export const secrets: readonly Store[] = [
  {
    name: 'relay/<stage>/provider-keys',
    kind: 'secret',
    encryption: 'aws-kms',
    collections: [
      keys(words('API keys by provider', 'clés d’API par prestataire'), [
        'openai',
        'azure-openai',
        'anthropic',
        'unused',
      ]),
    ],
  },
  {
    name: 'relay/<stage>/admin-keys',
    kind: 'secret',
    encryption: 'aws-kms',
    collections: [
      keys(words('keys that read providers’ accounts', 'clés de lecture des comptes chez les prestataires'), [
        'openai',
        'anthropic',
        'unused',
      ]),
    ],
  },
  {
    name: 'relay/<stage>/webhooks',
    kind: 'secret',
    encryption: 'aws-kms',
    collections: [
      {
        ...keys(
          words('where tenants are told, and how it is signed', 'où et comment les clients sont informés'),
          [],
        ),
        purpose: 'tell',
        subjects: ['tenant'],
        export: 'access',
        fields: { contact: ['*.url'], credential: ['*.secrets[]'] },
      },
    ],
  },
];

const keyOfOurs = (name: string, about: Words): Store => ({
  name,
  kind: 'key',
  encryption: 'is-key',
  collections: [
    {
      ...keys(about, ['key']),
      retention: {
        kind: 'until',
        event: words('the stage is taken down', 'la suppression de l’environnement'),
      },
    },
  ],
});

/** Its name has the account's number in it. */
export const buckets: readonly Store[] = [
  {
    name: 'Exports',
    kind: 'bucket',
    encryption: 'aws-kms',
    collections: [
      {
        name: 'object',
        about: words(
          'what is kept of a person who has asked for it, ready to be fetched',
          'ce qui est conservé d’une personne qui l’a demandé, prêt à être retiré',
        ),
        purpose: 'rights',
        subjects: ['fan', 'creator', 'third', 'tenant'],
        retention: { kind: 'for', seconds: 7 * DAY, from: 'write' },
        erasure: 'found',
        export: 'copy',
        fields: {
          content: ['message', 'answer.text', 'metadata.*'],
          pseudonym: ['jobId', 'creatorId', 'subjectRefs[]', 'consentRef', 'requestId'],
          cost: ['costMicroUsd'],
          right: ['right', 'subjectKind', 'receivedAt', 'dueOn'],
          operation: [
            ...['kind', 'lane', 'status', 'reason', 'acceptedAt', 'endedAt', 'setAsideAt', 'keptUntil'],
            ...['answer.aiGenerated', 'answer.source', 'answer.modelId', 'answer.generatedAt'],
            ...['recipients[].provider', 'recipients[].modelId', 'recipients[].at', 'recipients[].outcome'],
          ],
        },
      },
    ],
  },
];

/** Without a name of their own in AWS: by that of their construct. */
export const unnamed: readonly Store[] = [
  keyOfOurs('AlarmsKey', words('the key of alarms and notices', 'la clé des alarmes et des avis')),
  keyOfOurs(
    'ReceiptKey',
    words('the key that signs receipts of erasures', 'la clé qui signe les reçus d’effacement'),
  ),
  keyOfOurs(
    'ContentKey',
    words('the key that wraps those of persons', 'la clé qui chiffre celles des personnes'),
  ),
];

export const userPools: readonly Store[] = [
  {
    name: 'relay-<stage>',
    kind: 'user-pool',
    encryption: 'aws-owned',
    stages: ['dev', 'staging', 'production'],
    collections: [
      {
        ...keys(
          words(
            'machine clients of the API; it has no users',
            'clients machine de l’API ; aucun utilisateur',
          ),
          ['client.secret'],
        ),
        subjects: ['tenant'],
        fields: { account: ['client.id', 'client.name'], credential: ['client.secret'] },
      },
    ],
  },
];
