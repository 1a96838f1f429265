import type { ProviderName } from '../../pipeline/model/model.ts';
import { DAY_MS } from '../../pipeline/utc.ts';
import type { CategoryName } from './vocabulary.ts';
import { type Words, words } from './words.ts';

/** A text of the processor's that its rules are in. `unverified`: known by hearsay; read it before you rely on it. */
export type Policy = { title: string; version: string; standing: 'read' | 'unverified' };

/** Whom Relay gives personal data to (GDPR Art. 28(2), (4)), and on what terms. */
export type Processor = {
  name: ProviderName | 'aws';
  legalName: string;
  service: Words;
  /** What functions may call; `*.` for any host under it. */
  hosts: readonly string[];
  location: Words;
  given: readonly CategoryName[];
  retention: Words;
  training: Words;
  transferTool: Words;
  fallbackTool: Words;
  /** What its contract says of special categories of data (Art. 9). */
  sensitiveData: Words;
  adultContent: Words;
  breachNotice: Words;
  policies: readonly Policy[];
  /** The day on which all of this was last read, in UTC. */
  reviewedOn: string;
};

/** Providers' terms change often; after this they must be read again. In days. */
export const REVIEW_DAYS = 90;

/** The last day on which a review still holds. */
export const reviewDueOn = ({ reviewedOn }: Pick<Processor, 'reviewedOn'>): string =>
  new Date(Date.parse(reviewedOn) + REVIEW_DAYS * DAY_MS).toISOString().slice(0, 10);

/** The processors whose terms nobody has read for longer than that. `today`: in UTC, as `2026-11-26`. */
export const overdueReviews = <Reviewed extends Pick<Processor, 'reviewedOn'>>(
  list: readonly Reviewed[],
  today: string,
): readonly Reviewed[] => list.filter((processor) => reviewDueOn(processor) < today);

const sent = ['content'] as const satisfies readonly CategoryName[];

const scc = words(
  'standard contractual clauses, modules 2 and 3 (Decision (EU) 2021/914)',
  'clauses contractuelles types, modules 2 et 3 (décision (UE) 2021/914)',
);
const dpf = words(
  'EU-US Data Privacy Framework, if the importer is on its list (unverified)',
  'cadre de protection des données UE–États-Unis, si l’importateur figure sur sa liste (non vérifié)',
);

export const processors: readonly Processor[] = [
  {
    name: 'openai',
    legalName: 'OpenAI Ireland Ltd',
    service: words('model calls (Responses API)', 'appels de modèles (API Responses)'),
    hosts: ['eu.api.openai.com'],
    location: words(
      'European region of a project, for storage and processing; some system data may leave it',
      'région Europe d’un projet, pour le stockage et le traitement ; certaines données système peuvent en sortir',
    ),
    given: sent,
    retention: words(
      'abuse monitoring: 30 days at most, longer where the law or the protection of its services asks for it; no application state (`store: false`)',
      'détection des abus : 30 jours au plus, davantage si la loi ou la protection de ses services l’exige ; aucun état applicatif (`store: false`)',
    ),
    training: words('not by default', 'non par défaut'),
    transferTool: scc,
    fallbackTool: dpf,
    sensitiveData: words(
      'not intended, unless a user includes it unexpectedly: does not cover ours',
      'non prévues, sauf inclusion inattendue par un utilisateur : ne couvrent pas les nôtres',
    ),
    adultContent: words(
      'no blanket ban in the usage policy; models refuse explicit content',
      'pas d’interdiction générale dans la politique d’usage ; les modèles refusent le contenu explicite',
    ),
    breachNotice: words('without undue delay', 'dans les meilleurs délais'),
    policies: [
      { title: 'Usage Policies', version: '2025-10-29', standing: 'read' },
      { title: 'Data Processing Addendum', version: '2026-01-01', standing: 'read' },
      { title: 'Business Privacy Policy', version: '2026-08-22', standing: 'read' },
    ],
    reviewedOn: '2026-11-22',
  },
  {
    name: 'azure-openai',
    legalName: 'Microsoft Ireland Operations Ltd',
    service: words('model calls (Azure OpenAI)', 'appels de modèles (Azure OpenAI)'),
    hosts: ['*.openai.azure.com'],
    location: words(
      'region of the resource: choose one in the EU',
      'région de la ressource : à choisir dans l’UE',
    ),
    given: sent,
    retention: words(
      'abuse monitoring: 30 days at most, in the region; cannot be deleted by the customer',
      'détection des abus : 30 jours au plus, dans la région ; non supprimable par le client',
    ),
    training: words('no; not shared with OpenAI', 'non ; pas de partage avec OpenAI'),
    transferTool: words(
      'none needed within the EU Data Boundary (unverified)',
      'aucun au sein de l’EU Data Boundary (non vérifié)',
    ),
    fallbackTool: scc,
    sensitiveData: words('product terms (unverified)', 'conditions du produit (non vérifié)'),
    adultContent: words(
      'banned, romantic chatbots too; filters at severity medium and above',
      'interdit, y compris les agents conversationnels romantiques ; filtrage dès la gravité moyenne',
    ),
    breachNotice: words(
      'as its data protection addendum says (unverified)',
      'selon son avenant de protection des données (non vérifié)',
    ),
    policies: [
      { title: 'AI Code of Conduct', version: '4.0, 2026-05-01', standing: 'unverified' },
      { title: 'Products and Services Data Protection Addendum', version: '?', standing: 'unverified' },
    ],
    reviewedOn: '2026-11-22',
  },
  {
    name: 'anthropic',
    legalName: 'Anthropic Ireland, Limited',
    service: words('model calls (Messages API)', 'appels de modèles (API Messages)'),
    hosts: ['api.anthropic.com'],
    location: words(
      'United States, or worldwide: the API has no European location',
      'États-Unis ou monde entier : l’API n’offre pas de localisation européenne',
    ),
    given: sent,
    retention: words(
      '30 days at most; flagged content 2 years at most, its scores 7 years at most',
      '30 jours au plus ; contenu signalé 2 ans au plus, ses scores 7 ans au plus',
    ),
    training: words('no, by contract', 'non, par contrat'),
    transferTool: scc,
    fallbackTool: words(
      'none: not on the list of the EU-US Data Privacy Framework, as a law firm read it on 2026-06-05',
      'aucun : absent de la liste du cadre UE–États-Unis, selon la lecture d’un cabinet d’avocats le 2026-06-05',
    ),
    sensitiveData: words('“None”: excluded', '« None » : exclues'),
    adultContent: words(
      'banned: erotic chats, and passing for a human',
      'interdit : conversations érotiques, et se faire passer pour un humain',
    ),
    breachNotice: words('within 48 hours', 'sous 48 heures'),
    policies: [
      { title: 'Usage Policy', version: '2025-09-15', standing: 'read' },
      { title: 'Data Processing Addendum', version: '2025-02-24', standing: 'read' },
      { title: 'Data Processing Addendum', version: '2026-01-01', standing: 'unverified' },
      { title: 'Commercial Terms of Service', version: '2025-06-17', standing: 'read' },
    ],
    reviewedOn: '2026-11-22',
  },
  {
    name: 'aws',
    legalName: 'Amazon Web Services EMEA SARL',
    service: words('hosting: all of Relay', 'hébergement : l’ensemble de Relay'),
    hosts: ['*.amazonaws.com', '*.amazoncognito.com'],
    location: words(
      'the region of the deployment: choose one in the EU',
      'région du déploiement : à choisir dans l’UE',
    ),
    given: ['content', 'pseudonym', 'account', 'hash', 'contact', 'right', 'credential', 'cost', 'operation'],
    retention: words('as this map says', 'selon la présente cartographie'),
    training: words('no', 'non'),
    transferTool: words(
      'none needed within the EU (support may be elsewhere)',
      'aucun au sein de l’UE (l’assistance peut être ailleurs)',
    ),
    fallbackTool: scc,
    sensitiveData: words(
      'no exclusion seen; encryption is the customer’s',
      'pas d’exclusion relevée ; le chiffrement incombe au client',
    ),
    adultContent: words(
      'no ban seen of lawful content (unverified)',
      'pas d’interdiction relevée du contenu licite (non vérifié)',
    ),
    breachNotice: words('without undue delay (unverified)', 'dans les meilleurs délais (non vérifié)'),
    policies: [
      {
        title: 'AWS GDPR Data Processing Addendum, in the Service Terms',
        version: '?',
        standing: 'unverified',
      },
    ],
    reviewedOn: '2026-11-22',
  },
];
