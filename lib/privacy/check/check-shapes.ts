import { type Collection, fieldsOf, type Store } from '../map/store.ts';
import { CHANGE } from './check-resources.ts';
import type { Shape, Shapes } from './stored-shapes.ts';

/** Sentences on every field that the code stores and the map does not have, or the other way round. */
export const shapeProblems = (map: readonly Store[], shapes: Shapes): string[] => {
  const known = new Map(
    map.flatMap((store) =>
      store.collections.map((collection) => [keyOf(store, collection), collection] as const),
    ),
  );
  return [
    ...[...shapes].flatMap(([key, shape]) => {
      const collection = known.get(key);
      if (collection === undefined) return [`${key}: items that the data map does not know: ${CHANGE}`];
      return differences(collection, shape).map((difference) => `${key}: ${difference}: ${CHANGE}`);
    }),
    ...map
      .filter(({ kind }) => kind === 'table' || kind === 'queue')
      .flatMap((store) => store.collections.map((collection) => keyOf(store, collection)))
      .filter((key) => !shapes.has(key))
      .map((key) => `${key}: items of the data map that no code stores: ${CHANGE}`),
  ];
};

const keyOf = ({ name }: Store, collection: Collection): string =>
  `${name.replace('relay-<stage>-', '').replace('/<stage>', '')}/${collection.name}`;

const differences = (collection: Collection, { paths, keptForSeconds }: Shape): string[] => {
  const fields = fieldsOf(collection).map(({ path }) => path);
  const twice = fields.filter((path, index) => fields.indexOf(path) !== index);
  return [
    ...paths
      .filter((path) => !fields.includes(path))
      .map((path) => `the field ${path} is not in the data map`),
    ...fields
      .filter((path) => !paths.includes(path))
      .map((path) => `nothing stores the field ${path} of the data map`),
    ...twice.map((path) => `the field ${path} is in the data map twice`),
    ...differencesOfTime(collection, keptForSeconds),
  ];
};

const differencesOfTime = ({ retention }: Collection, kept: ReadonlySet<number> | undefined): string[] => {
  if (kept === undefined || retention.kind !== 'for') return [];
  const told = new Set([retention.seconds, ...(retention.or ?? []).map(({ seconds }) => seconds)]);
  if (kept.size === 0) return ['its items have no end (expiresAt)'];
  const says = [...told].join(' or ');
  return [
    ...[...kept].filter((it) => !told.has(it)).map((it) => `kept for ${it} s, the data map says ${says} s`),
    ...[...told].filter((it) => !kept.has(it)).map((it) => `nothing is kept for the ${it} s of the data map`),
  ];
};
