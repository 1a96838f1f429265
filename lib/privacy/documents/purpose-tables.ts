import { fieldsOf, type Store } from '../map/store.ts';
import { categories, type Purpose, type PurposeName, purposes, subjects } from '../map/vocabulary.ts';
import { words } from '../map/words.ts';
import { table } from './markdown.ts';
import { retentionText, type Say } from './said.ts';

const roles = {
  controller: words('controller', 'responsable du traitement'),
  processor: words('processor', 'sous-traitant'),
} as const;

const names = (): PurposeName[] => {
  const found: PurposeName[] = [];
  for (const name in purposes) if (isPurpose(name)) found.push(name);
  return found;
};

const isPurpose = (name: string): name is PurposeName => Object.hasOwn(purposes, name);

/** What data are kept for, in which role, on what basis. */
export const purposesTable = (say: Say): string =>
  table(
    [
      words('Purpose', 'Finalité'),
      words('Our role', 'Notre qualité'),
      words('Legal basis', 'Base juridique'),
    ].map(say),
    names().map((name) => {
      const { label, role, legalBasis } = purposes[name];
      return [say(label), say(roles[role]), say(legalBasis)];
    }),
  );

/** The activities of one role, as Art. 30 asks for them. */
export const recordTable = (map: readonly Store[], role: Purpose['role'], say: Say): string =>
  table(
    [
      words('Activity', 'Activité'),
      words('Legal basis', 'Base juridique'),
      words('Persons', 'Personnes concernées'),
      words('Data', 'Données'),
      words('Time limits', 'Délais d’effacement'),
      words('Recipients', 'Destinataires'),
    ].map(say),
    names()
      .filter((name) => purposes[name].role === role)
      .map((name) => activityRow(map, name, say)),
  );

const activityRow = (map: readonly Store[], name: PurposeName, say: Say): string[] => {
  const collections = map.flatMap((store) => store.collections).filter(({ purpose }) => purpose === name);
  const each = (texts: readonly string[]) => [...new Set(texts)].join(' ; ');
  return [
    say(purposes[name].label),
    say(purposes[name].legalBasis),
    each(collections.flatMap((collection) => collection.subjects.map((subject) => say(subjects[subject])))),
    each(collections.flatMap(fieldsOf).map(({ category }) => say(categories[category].label))),
    each(collections.map(({ retention }) => retentionText(say, retention))),
    recipientsOf(name, say),
  ];
};

const recipientsOf = (name: PurposeName, say: Say): string => {
  if (name === 'answer')
    return say(words('hosting and model providers', 'hébergeur et fournisseurs de modèles'));
  if (name === 'tell')
    return say(words('hosting; the tenant’s own endpoints', 'hébergeur ; points de notification du client'));
  return say(words('hosting', 'hébergeur'));
};
