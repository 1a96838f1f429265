import { type Words, words } from './words.ts';

/** `dataCategory`: fideslang's key; `sex_life` is a child of our own, since it has none. `personal`: GDPR Art. 4(1). */
export type Category = { dataCategory: string; label: Words; personal: 'special' | 'yes' | 'no' };

/** What a field may hold. Every stored field is of one of these. */
export const categories = {
  content: {
    dataCategory: 'user.content.private.sex_life',
    label: words(
      'words of a conversation, or an answer to them',
      'contenu des conversations, ou réponse à celles-ci',
    ),
    personal: 'special',
  },
  pseudonym: {
    dataCategory: 'user.unique_id.pseudonymous',
    label: words(
      'references to persons, chosen by the tenant',
      'références à des personnes, choisies par le client',
    ),
    personal: 'yes',
  },
  account: {
    dataCategory: 'user.account',
    label: words('the tenant, or one of its machine clients', 'le client, ou l’un de ses clients machine'),
    personal: 'yes',
  },
  hash: {
    dataCategory: 'user.unique_id.pseudonymous',
    label: words('hashes of identifiers or of contents', 'empreintes d’identifiants ou de contenus'),
    personal: 'yes',
  },
  contact: {
    dataCategory: 'user.contact',
    label: words('addresses to be told at', 'adresses de notification'),
    personal: 'yes',
  },
  right: {
    dataCategory: 'user.privacy_preferences',
    label: words('a right that was asked for, and its dates', 'droit exercé et dates de la demande'),
    personal: 'yes',
  },
  credential: {
    dataCategory: 'system.authentication',
    label: words('keys of machines', 'clés de machines'),
    personal: 'no',
  },
  cost: {
    dataCategory: 'system.operations',
    label: words('tokens and money', 'jetons et montants'),
    personal: 'no',
  },
  operation: {
    dataCategory: 'system.operations',
    label: words('states, times, versions', 'états, horodatages, versions'),
    personal: 'no',
  },
} as const satisfies Record<string, Category>;
export type CategoryName = keyof typeof categories;

/** Whose data. */
export const subjects = {
  fan: words('fans who write', 'fans qui écrivent'),
  creator: words('creators written for', 'créateurs représentés'),
  third: words('persons named in messages', 'tiers cités dans les messages'),
  tenant: words('tenants and their staff', 'clients et leur personnel'),
  operator: words('people on call', 'personnel d’astreinte'),
} as const satisfies Record<string, Words>;
export type SubjectName = keyof typeof subjects;

export type Purpose = {
  dataUse: string;
  label: Words;
  /** Ours for this purpose (GDPR Art. 4(7) and (8)). */
  role: 'controller' | 'processor';
  legalBasis: Words;
  /** The same for machines: concepts of the Data Privacy Vocabulary for the GDPR. */
  articles: readonly string[];
};

/** What data are kept for. A controller's basis for what Relay does as its processor is the controller's own. */
export const purposes = {
  answer: {
    dataUse: 'essential.service',
    label: words('draft answers to messages', 'rédiger des réponses aux messages'),
    role: 'processor',
    legalBasis: words(
      'the controller’s: Art. 6(1), and Art. 9(2)(a) explicit consent',
      'celle du responsable de traitement : art. 6, § 1, et consentement explicite, art. 9, § 2, a)',
    ),
    articles: ['A6-1-a', 'A9-2-a'],
  },
  tell: {
    dataUse: 'essential.service.notifications',
    label: words('tell tenants that jobs have ended', 'informer les clients de la fin des tâches'),
    role: 'processor',
    legalBasis: words('the controller’s: Art. 6(1)', 'celle du responsable de traitement : art. 6, § 1'),
    articles: ['A6-1-a'],
  },
  limit: {
    dataUse: 'essential.service.security',
    label: words('keep the service from being overrun', 'prévenir la surcharge et les abus'),
    role: 'controller',
    legalBasis: words(
      'legitimate interests, Art. 6(1)(f): that the service holds',
      'intérêts légitimes, art. 6, § 1, f) : continuité du service',
    ),
    articles: ['A6-1-f'],
  },
  account: {
    dataUse: 'essential.service.payment_processing',
    label: words('account for what was used', 'comptabiliser la consommation'),
    role: 'controller',
    legalBasis: words('contract, Art. 6(1)(b)', 'exécution du contrat, art. 6, § 1, b)'),
    articles: ['A6-1-b'],
  },
  operate: {
    dataUse: 'essential.service.operations',
    label: words('operate the service', 'exploiter le service'),
    role: 'controller',
    legalBasis: words(
      'legitimate interests, Art. 6(1)(f): that faults are found',
      'intérêts légitimes, art. 6, § 1, f) : détection des défauts',
    ),
    articles: ['A6-1-f'],
  },
  secure: {
    dataUse: 'essential.service.authentication',
    label: words('let in only who may come in', 'contrôler les accès'),
    role: 'controller',
    legalBasis: words(
      'legal obligation, Art. 6(1)(c) with Art. 32',
      'obligation légale, art. 6, § 1, c), et art. 32',
    ),
    articles: ['A6-1-c'],
  },
  rights: {
    dataUse: 'essential.legal_obligation',
    label: words('answer persons who ask for their rights', 'répondre aux demandes d’exercice des droits'),
    role: 'controller',
    legalBasis: words(
      'legal obligation, Art. 6(1)(c) with Art. 5(2) and 12',
      'obligation légale, art. 6, § 1, c), et art. 5, § 2 et 12',
    ),
    articles: ['A6-1-c'],
  },
} as const satisfies Record<string, Purpose>;
export type PurposeName = keyof typeof purposes;

/** From when on a retention runs. */
export const beginnings = {
  write: words('after the last write', 'après la dernière écriture'),
  record: words('after it was recorded', 'après l’enregistrement'),
  call: words('after the call', 'après l’appel'),
  sending: words('after it was sent', 'après l’envoi'),
  line: words('after the line was written', 'après l’écriture de la ligne'),
} as const satisfies Record<string, Words>;

/** How data go before their time, when a person asks for it. */
export const erasures = {
  found: words(
    'found by the person’s reference and deleted, twice, then verified (`answer-privacy-requests`)',
    'recherché par la référence de la personne et supprimé, deux fois, puis vérifié (`answer-privacy-requests`)',
  ),
  expires: words(
    'cannot be searched: ends by its retention',
    'non interrogeable : disparaît à l’échéance de conservation',
  ),
  key: words(
    'the key is destroyed; the mark that it was stays (no older versions)',
    'la clé est détruite ; la mention de sa destruction demeure (aucune version antérieure)',
  ),
  kept: words(
    'kept: it shows that a right was honoured (Art. 17(3)(b), (e))',
    'conservé : preuve du respect du droit (art. 17, § 3, b) et e))',
  ),
  totals: words(
    'kept for the accounts; names the tenant and no other person',
    'conservé pour la comptabilité ; ne désigne que le client',
  ),
  replaced: words('replaced or taken out by hand', 'remplacé ou retiré manuellement'),
  none: words('nothing of a person', 'aucune donnée à caractère personnel'),
} as const satisfies Record<string, Words>;

/** What a person who asks for access or portability gets of it. */
export const exportsTo = {
  access: words('given (Art. 15)', 'communiqué (art. 15)'),
  portability: words(
    'given, machine-readable (Art. 15, 20)',
    'communiqué, lisible par machine (art. 15 et 20)',
  ),
  none: words('not given: says nothing of a person', 'non communiqué : ne concerne aucune personne'),
  copy: words('a copy of what is given elsewhere', 'copie de données communiquées par ailleurs'),
} as const satisfies Record<string, Words>;

/** How data are encrypted at rest. */
export const encryptions = {
  'aws-kms': words('KMS, key managed by AWS in our account', 'KMS, clé gérée par AWS dans notre compte'),
  'own-key': words('KMS, key of our own, rotated yearly', 'KMS, clé propre, renouvelée chaque année'),
  'sqs-managed': words('SSE-SQS, key managed by SQS', 'SSE-SQS, clé gérée par SQS'),
  'aws-owned': words('key owned by AWS', 'clé détenue par AWS'),
  'is-key': words('is a key itself; never leaves KMS', 'est elle-même une clé ; ne quitte pas KMS'),
} as const satisfies Record<string, Words>;
export type EncryptionName = keyof typeof encryptions;
