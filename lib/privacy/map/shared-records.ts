import { type Collection, DAY, HOUR, MINUTE } from './store.ts';
import { words } from './words.ts';

/** A record that the fleet shares: what stands around every value, and the value. */
const record = (
  name: string,
  about: Collection['about'],
  seconds: number,
  values: readonly string[],
  rest: Partial<Collection> = {},
): Collection => {
  const value = values.map((path) => `value.${path}`);
  const { fields = { operation: ['family', 'name', ...value] }, ...others } = rest;
  const envelope = ['version', 'writeId', 'expiresAt'];
  return {
    name,
    about,
    purpose: 'operate',
    subjects: [],
    retention: { kind: 'for', seconds, from: 'write' },
    erasure: 'none',
    export: 'none',
    fields: { ...fields, operation: [...(fields.operation ?? []), ...envelope] },
    ...others,
  };
};

const minuteOf = (path: string) => [`${path}.current`, `${path}.previous`];
const bucketsOf = (path: string) => [
  `${path}.lanes.*`,
  `${path}.idle`,
  ...minuteOf(`${path}.leased`),
  ...minuteOf(`${path}.peak`),
];

/** Ten years: until a person ends it. */
const TEN_YEARS = 3_650 * DAY;

const hashed = { subjects: ['tenant'], erasure: 'expires' } as const;

/** What workers share. */
export const fleetRecords: readonly Collection[] = [
  record(
    'circuit',
    words('whether a model of a provider is called', 'si un modèle d’un prestataire est appelé'),
    DAY,
    [],
    {
      subjects: ['operator'],
      retention: {
        kind: 'for',
        seconds: DAY,
        from: 'write',
        or: [{ seconds: TEN_YEARS, when: words('held by a person', 'maintenu par une personne') }],
      },
      erasure: 'replaced',
      fields: {
        account: ['value.turns[].by'],
        operation: [
          'family',
          'name',
          'value.state.kind',
          'value.state.failures',
          'value.state.lastFailureAtMs',
          'value.state.reason',
          'value.state.openedAtMs',
          'value.state.retryAtMs',
          'value.state.probeId',
          'value.hold',
          'value.turns[].kind',
          'value.turns[].reason',
          'value.turns[].atMs',
        ],
      },
    },
  ),
  record(
    'quota',
    words('what is left of a provider’s quota', 'ce qui reste d’un quota de prestataire'),
    10 * MINUTE,
    ['updatedAtMs', ...bucketsOf('requests'), ...bucketsOf('tokens')],
  ),
  record('latency', words('how long calls take', 'durée des appels'), 3 * HOUR, [
    'agedToStep',
    'firstEvent',
    'betweenEvents',
    'total',
  ]),
  record(
    'budget',
    words('what a tenant has spent of a day’s money', 'ce qu’un client a dépensé de son budget du jour'),
    3 * DAY,
    [],
    {
      ...hashed,
      purpose: 'account',
      fields: {
        hash: ['family'],
        cost: [
          'value.spentMicroUsd',
          'value.correctedUntilMs',
          'value.ahead[][]',
          'value.leases.*[]',
          'value.warning.kind',
          'value.warning.atMs',
          'value.warning.limitMicroUsd',
        ],
        operation: ['name'],
      },
    },
  ),
  record(
    'submits',
    words('submits of a tenant in a minute', 'dépôts d’un client par minute'),
    10 * MINUTE,
    [],
    {
      ...hashed,
      purpose: 'limit',
      fields: { hash: ['family'], operation: ['name', 'value.minute', 'value.taken'] },
    },
  ),
  record(
    'waits',
    words('waits of a tenant in a minute', 'attentes d’un client par minute'),
    10 * MINUTE,
    [],
    {
      ...hashed,
      purpose: 'limit',
      fields: { hash: ['family'], operation: ['name', 'value.minute', 'value.taken'] },
    },
  ),
  record(
    'rights',
    words('requests of persons of a tenant in a minute', 'demandes de personnes d’un client par minute'),
    10 * MINUTE,
    [],
    {
      ...hashed,
      purpose: 'limit',
      fields: { hash: ['family'], operation: ['name', 'value.minute', 'value.taken'] },
    },
  ),
  record('webhook', words('an endpoint that is gone', 'un point de notification disparu'), TEN_YEARS, [], {
    ...hashed,
    erasure: 'replaced',
    purpose: 'tell',
    fields: { hash: ['name', 'value.urlHash'], operation: ['family'] },
  }),
  {
    name: 'user',
    about: words('the last starts of a creator', 'les derniers démarrages d’un créateur'),
    purpose: 'limit',
    subjects: ['creator'],
    retention: { kind: 'for', seconds: 10 * MINUTE, from: 'write' },
    erasure: 'expires',
    export: 'none',
    fields: { hash: ['family'], operation: ['name', 's*', 'expiresAt'] },
  },
  {
    name: 'delivery',
    about: words('how old the messages of a lane are', 'âge des messages d’une file'),
    purpose: 'operate',
    subjects: [],
    retention: { kind: 'for', seconds: DAY, from: 'write' },
    erasure: 'none',
    export: 'none',
    fields: { operation: ['family', 'name', 'sentAtMs', 'atMs', 'expiresAt'] },
  },
];

/** What the aggregator of alerts keeps. */
export const alertRecords: readonly Collection[] = [
  record('group', words('alerts of one kind', 'alertes d’un même type'), 30 * DAY, [], {
    subjects: ['tenant'],
    erasure: 'expires',
    retention: {
      kind: 'for',
      seconds: 30 * DAY,
      from: 'write',
      or: [{ seconds: DAY, when: words('over', 'terminées') }],
    },
    fields: {
      hash: [
        'value.labels.*',
        'value.members[].labels.*',
        'value.pending.notice.labels.*',
        'value.pending.notice.members[].*',
      ],
      operation: [
        'family',
        'name',
        'value.name',
        'value.severity',
        'value.openedAtMs',
        ...['state', 'atMs', 'endsAtMs', 'told', 'ended', 'mutedUntilMs'].map(
          (name) => `value.members[].${name}`,
        ),
        ...['uncounted', 'received', 'firstAtMs', 'lastAtMs', 'notices', 'noticeAtMs', 'newsAtMs'].map(
          (name) => `value.${name}`,
        ),
        'value.mutedUntilMs',
        'value.pending.atMs',
        ...[
          'id',
          'reason',
          'name',
          'severity',
          'firstAtMs',
          'lastAtMs',
          'lanes[]',
          'more',
          'action',
          'runbook',
        ].map((name) => `value.pending.notice.${name}`),
        ...['firing', 'resolved', 'received'].map((name) => `value.pending.notice.counts.${name}`),
      ],
    },
  }),
  {
    name: 'silence',
    about: words(
      'what a person does not want to be told of',
      'ce dont une personne ne veut pas être informée',
    ),
    purpose: 'operate',
    subjects: ['operator', 'tenant'],
    retention: {
      kind: 'until',
      event: words('the end that a person sets', 'l’échéance fixée par une personne'),
    },
    erasure: 'replaced',
    export: 'none',
    fields: {
      hash: ['value.matchers.tenant'],
      operation: [
        'family',
        'name',
        'version',
        'writeId',
        'expiresAt',
        ...['name', 'severity', 'provider', 'model', 'lane', 'alarm'].map((name) => `value.matchers.${name}`),
        'value.untilSeconds',
        'value.reason',
      ],
    },
  },
];
