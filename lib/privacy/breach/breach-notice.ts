import { HOUR_MS, utcInstant } from '../../pipeline/utc.ts';
import { table } from '../documents/markdown.ts';
import type { Say } from '../documents/said.ts';
import { type Collection, fieldsOf, type Store } from '../map/store.ts';
import { categories, purposes, subjects } from '../map/vocabulary.ts';
import { type Words, words } from '../map/words.ts';
import type { BreachFacts } from './breach-facts.ts';

/** By when controllers are told, by a limit of our own, and the authority (Art. 33(1)), after somebody is aware. */
export const CONTROLLERS_HOURS = 24;
export const AUTHORITY_HOURS = 72;

/** Named as no store of the map is. */
export class UnknownStore extends Error {}

const notYet = words('not known yet: follows (Art. 33(4))', 'pas encore connu : suit (art. 33, § 4)');

const kinds: Readonly<Record<BreachFacts['kind'][number], Words>> = {
  confidentiality: words('confidentiality', 'confidentialité'),
  integrity: words('integrity', 'intégrité'),
  availability: words('availability', 'disponibilité'),
};

/** What Art. 33(3) asks for, as far as it is known, of what the data map says of the stores. */
export const breachNotice = (facts: BreachFacts, map: readonly Store[], say: Say): string => {
  const concerned = facts.stores.flatMap((name) => collectionsOf(name, map));
  const told = (text: string | number | undefined) => (text === undefined ? say(notYet) : String(text));
  const rows: [Words, string][] = [
    [words('Nature (Art. 33(3)(a))', 'Nature (art. 33, § 3, a))'), natureOf(facts, say)],
    [words('From, until', 'Du, au'), `${told(facts.since)} – ${told(facts.until)}`],
    [words('Stores', 'Stockages'), facts.stores.map((name) => `\`${name}\``).join(', ')],
    [words('Persons', 'Personnes'), listOf(subjectsOf(concerned), say)],
    [words('Their number', 'Leur nombre'), told(facts.persons)],
    [words('Data', 'Données'), listOf(dataOf(concerned), say)],
    [words('Records', 'Enregistrements'), told(facts.records)],
    [words('Contact (b)', 'Contact (b)'), '{{dpo-contact}}'],
    [words('Consequences (c)', 'Conséquences (c)'), told(facts.consequences)],
    [words('Measures (d)', 'Mesures (d)'), told(facts.measures)],
    [
      words('Risk for persons (Art. 34)', 'Risque pour les personnes (art. 34)'),
      riskOf(facts, concerned, say),
    ],
  ];
  return [
    `# ${say(words('Notification of a personal data breach', 'Notification d’une violation de données'))}`,
    deadlinesOf(facts, concerned, say),
    table(
      [words('What', 'Quoi'), words('Known', 'Connu')].map(say),
      rows.map(([what, known]) => [say(what), known]),
    ),
  ].join('\n\n');
};

const collectionsOf = (name: string, map: readonly Store[]): readonly Collection[] => {
  const store = map.find((it) => it.name === name);
  if (store === undefined) throw new UnknownStore(`${name}: docs/privacy/data-map.json has no such store`);
  return store.collections;
};

const natureOf = ({ kind, what }: BreachFacts, say: Say): string =>
  `${kind.map((each) => say(kinds[each])).join(', ')} ; ${what}`;

/** Whom to tell by when: what is processed for others goes to them, what is ours to the authority. */
const deadlinesOf = ({ awareAt }: BreachFacts, concerned: readonly Collection[], say: Say): string => {
  const by = (hours: number) => utcInstant(Date.parse(awareAt) + hours * HOUR_MS);
  const roles = new Set(concerned.map(({ purpose }) => purposes[purpose].role));
  return table([words('Tell', 'Informer'), words('By', 'Avant')].map(say), [
    ...(roles.has('processor')
      ? [[say(words('the controllers', 'les responsables du traitement')), by(CONTROLLERS_HOURS)]]
      : []),
    ...(roles.has('controller') ? [['CNIL', by(AUTHORITY_HOURS)]] : []),
  ]);
};

const subjectsOf = (concerned: readonly Collection[]): Words[] => [
  ...new Set(concerned.flatMap((it) => it.subjects.map((name) => subjects[name]))),
];

const dataOf = (concerned: readonly Collection[]): Words[] => [
  ...new Set(
    concerned
      .flatMap(fieldsOf)
      .filter(({ category }) => categories[category].personal !== 'no')
      .map(({ category }) => categories[category].label),
  ),
];

const listOf = (list: readonly Words[], say: Say): string => list.map(say).join(' ; ');

/** Content is of special categories: high, unless nobody can read it. */
const riskOf = ({ readable }: BreachFacts, concerned: readonly Collection[], say: Say): string => {
  const isSpecial = concerned
    .flatMap(fieldsOf)
    .some(({ category }) => categories[category].personal === 'special');
  if (readable === false)
    return say(
      words('unintelligible: persons need not be told', 'incompréhensible : pas de communication due'),
    );
  return isSpecial
    ? say(words('high: special categories; tell the persons', 'élevé : catégories particulières ; informer'))
    : say(words('to be assessed', 'à évaluer'));
};
