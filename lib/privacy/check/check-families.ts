import type { Store } from '../map/store.ts';
import { CHANGE } from './check-resources.ts';

/** How sources name a family of records that workers share: FAMILY = 'quota', family: `budget#...`. */
const NAMED = /(?:\b[A-Z_]*FAMILY|\bGROUPS|\bSILENCES) = '([a-z-]+)'|family: (?:\{ S: )?`([a-z-]+)#/g;

/** Sentences on every family that a source names and the map has no collection of. */
export const familyProblems = (file: string, source: string, map: readonly Store[]): string[] => {
  const known = new Set(map.flatMap(({ collections }) => collections.map(({ name }) => name)));
  return [...source.matchAll(NAMED)]
    .map(([, whole = '', hashed = '']) => whole || hashed)
    .filter((family) => !known.has(family))
    .map(
      (family) => `${file}: the data map does not know the family "${family}" of shared records: ${CHANGE}`,
    );
};
