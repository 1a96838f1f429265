import { type Collection, fieldsOf, type Store } from '../map/store.ts';
import {
  type CategoryName,
  categories,
  encryptions,
  erasures,
  exportsTo,
  subjects,
} from '../map/vocabulary.ts';
import { words } from '../map/words.ts';
import { table } from './markdown.ts';
import { retentionText, type Say } from './said.ts';

const kinds = {
  table: words('table', 'table'),
  queue: words('queue', 'file'),
  topic: words('topic', 'sujet'),
  'log-group': words('log group', 'journal'),
  bucket: words('bucket', 'compartiment'),
  secret: words('secret', 'secret'),
  key: words('key', 'clé'),
  'user-pool': words('user pool', 'groupe d’utilisateurs'),
} as const satisfies Record<Store['kind'], unknown>;

/** Stores that are alike but for their names are told of together. */
const alike = (map: readonly Store[]): { names: string; store: Store }[] =>
  [...Map.groupBy(map, ({ name: _name, ...rest }) => JSON.stringify(rest)).values()].flatMap((group) =>
    group[0] === undefined
      ? []
      : [{ names: group.map(({ name }) => `\`${name}\``).join(', '), store: group[0] }],
  );

/** Where data live, and how they are encrypted. */
export const storesTable = (map: readonly Store[], say: Say): string =>
  table(
    [
      words('Store', 'Stockage'),
      words('Kind', 'Type'),
      words('Holds', 'Contient'),
      words('At rest', 'Au repos'),
      words('Older versions', 'Versions antérieures'),
    ].map(say),
    alike(map).map(({ names, store: { kind, collections, encryption, recoveryDays } }) => [
      names,
      say(kinds[kind]),
      collections.map(({ about }) => say(about)).join(' ; '),
      say(encryptions[encryption]),
      recoveryDays === undefined ? '' : say(words(`${recoveryDays} days`, `${recoveryDays} jours`)),
    ]),
  );

/** How long everything is kept. */
export const retentionTable = (map: readonly Store[], say: Say): string =>
  table(
    [
      words('Store', 'Stockage'),
      words('What', 'Quoi'),
      words('How long', 'Durée'),
      words('When erasure is asked for', 'En cas de demande d’effacement'),
    ].map(say),
    alike(map).flatMap(({ names, store }) =>
      store.collections.map(({ about, retention, erasure }) => [
        names,
        say(about),
        `${retentionText(say, retention)}${recoveryText(say, store)}`,
        say(erasures[erasure]),
      ]),
    ),
  );

const recoveryText = (say: Say, { recoveryDays }: Store): string =>
  recoveryDays === undefined
    ? ''
    : say(
        words(
          `, then ${recoveryDays} days in older versions`,
          `, puis ${recoveryDays} jours dans les versions antérieures`,
        ),
      );

/** What becomes of everything that is of a person when they ask. */
export const erasureTable = (map: readonly Store[], say: Say): string =>
  table(
    [
      words('Store', 'Stockage'),
      words('What', 'Quoi'),
      words('Erasure', 'Effacement'),
      words('Access and portability', 'Accès et portabilité'),
    ].map(say),
    alike(map).flatMap(({ names, store }) =>
      store.collections
        .filter(isPersonal)
        .map((collection) => [
          names,
          say(collection.about),
          say(erasures[collection.erasure]),
          say(exportsTo[collection.export]),
        ]),
    ),
  );

const isPersonal = (collection: Collection): boolean =>
  fieldsOf(collection).some(({ category }) => categories[category].personal !== 'no');

/** What logs say. */
export const logsTable = (map: readonly Store[], say: Say): string =>
  table(
    [words('Log', 'Journal'), words('Says', 'Contenu'), words('How long', 'Durée')].map(say),
    alike(map.filter(({ kind }) => kind === 'log-group')).flatMap(({ names, store }) =>
      store.collections.map(({ about, retention }) => [names, say(about), retentionText(say, retention)]),
    ),
  );

const personal = (): CategoryName[] => {
  const names: CategoryName[] = [];
  for (const name in categories) if (isCategory(name) && categories[name].personal !== 'no') names.push(name);
  return names;
};

const isCategory = (name: string): name is CategoryName => Object.hasOwn(categories, name);

const collectionsWith = (map: readonly Store[], wanted: CategoryName): Collection[] =>
  map.flatMap(({ collections }) => collections.filter(({ fields }) => (fields[wanted] ?? []).length > 0));

/** What is collected of persons, and whose it is. */
export const categoriesTable = (map: readonly Store[], say: Say): string =>
  table(
    [
      words('Category', 'Catégorie'),
      words('Key', 'Clé'),
      words('Special (Art. 9)', 'Particulière (art. 9)'),
      words('Of', 'Personnes concernées'),
    ].map(say),
    personal().map((name) => {
      const { label, dataCategory, personal: standing } = categories[name];
      const whose = new Set(collectionsWith(map, name).flatMap((collection) => collection.subjects));
      return [
        say(label),
        `\`${dataCategory}\``,
        standing === 'special' ? say(words('yes', 'oui')) : say(words('no', 'non')),
        [...whose].map((subject) => say(subjects[subject])).join(', '),
      ];
    }),
  );

/** The longest that data of each category are kept. */
export const retentionSummary = (map: readonly Store[], say: Say): string =>
  table(
    [words('Category', 'Catégorie'), words('At most', 'Au plus')].map(say),
    personal().map((name) => {
      const lengths = collectionsWith(map, name).map(({ retention }) => retention);
      const [longest] = lengths.toSorted((one, other) => secondsOf(other) - secondsOf(one));
      return [say(categories[name].label), longest ? retentionText(say, longest) : ''];
    }),
  );

const secondsOf = (retention: Collection['retention']): number => {
  if (retention.kind === 'for')
    return Math.max(retention.seconds, ...(retention.or ?? []).map(({ seconds }) => seconds));
  return retention.kind === 'until' ? Infinity : 0;
};
