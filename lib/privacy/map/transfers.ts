import type { Measure } from './measures.ts';
import type { Processor } from './processors.ts';
import { type Words, words } from './words.ts';

/** Where what a processor is given goes, who can read it there, and whether it may go (GDPR Art. 44 to 46). */
export type Transfer = {
  processor: Processor['name'];
  /** Whether it leaves the European Economic Area. */
  leaves: 'yes' | 'no' | 'partly';
  readableBy: Words;
  /** What lowers the risk there, each with the test that holds it. */
  measures: readonly Measure[];
  left: Words;
  conclusion: Words;
  /** The day of the assessment, in UTC; it is made anew when the processor's terms are read again. */
  assessedOn: string;
};

const ASSESSED_ON = '2026-11-26';

const nobodyNamed: Measure = {
  about: words('no name and no reference is sent', 'ni nom ni référence n’est transmis'),
  test: 'test/privacy/processors.test.ts',
};
const onlyAllowed: Measure = {
  about: words('a tenant can keep it out', 'un client peut l’exclure'),
  test: 'test/privacy/processors.test.ts',
};
const europeanHost: Measure = {
  about: words('another host is refused', 'tout autre hôte est refusé'),
  test: 'test/privacy/data-map.test.ts',
};

export const transfers: readonly Transfer[] = [
  {
    processor: 'openai',
    leaves: 'partly',
    readableBy: words(
      'the importer, in clear; its parent is a company of the United States',
      'l’importateur, en clair ; sa société mère relève des États-Unis',
    ),
    measures: [nobodyNamed, onlyAllowed, europeanHost],
    left: words(
      'access of US authorities by way of the parent; system data outside Europe',
      'accès des autorités américaines par la société mère ; données système hors d’Europe',
    ),
    conclusion: words(
      'may be used when the project is in its European region and an annex covers special categories',
      'utilisable si le projet est dans sa région Europe et si un avenant couvre les catégories particulières',
    ),
    assessedOn: ASSESSED_ON,
  },
  {
    processor: 'azure-openai',
    leaves: 'no',
    readableBy: words(
      'the importer, in clear, for review of abuse',
      'l’importateur, en clair, pour l’examen des abus',
    ),
    measures: [nobodyNamed, onlyAllowed],
    left: words(
      'access of US authorities by way of the parent; the region is a choice that no test sees',
      'accès des autorités américaines par la société mère ; la région est un choix qu’aucun test ne voit',
    ),
    conclusion: words(
      'may be used with a resource in the Union, when an annex covers special categories',
      'utilisable avec une ressource située dans l’Union, si un avenant couvre les catégories particulières',
    ),
    assessedOn: ASSESSED_ON,
  },
  {
    processor: 'anthropic',
    leaves: 'yes',
    readableBy: words(
      'the importer, in clear, in the United States or elsewhere',
      'l’importateur, en clair, aux États-Unis ou ailleurs',
    ),
    measures: [nobodyNamed, onlyAllowed],
    left: words(
      'contents in clear within reach of US authorities, with clauses alone',
      'contenus en clair à la portée des autorités américaines, avec les seules clauses',
    ),
    conclusion: words(
      'not for special categories: leave it out of `allowedProcessors`',
      'pas pour les catégories particulières : l’écarter de `allowedProcessors`',
    ),
    assessedOn: ASSESSED_ON,
  },
  {
    processor: 'aws',
    leaves: 'no',
    readableBy: words(
      'nobody, as a rule: tables and topics are under KMS',
      'personne en principe : tables et sujets sont chiffrés par KMS',
    ),
    measures: [
      {
        about: words(
          'production in another region is refused',
          'la production dans une autre région est refusée',
        ),
        test: 'test/deploy/checks.test.ts',
      },
      {
        about: words('every store is encrypted', 'tout stockage est chiffré'),
        test: 'test/privacy/data-map.test.ts',
      },
    ],
    left: words(
      'access of US authorities by way of the parent; AWS holds the keys',
      'accès des autorités américaines par la société mère ; AWS détient les clés',
    ),
    conclusion: words('may be used, in a region of the Union', 'utilisable, dans une région de l’Union'),
    assessedOn: ASSESSED_ON,
  },
];
