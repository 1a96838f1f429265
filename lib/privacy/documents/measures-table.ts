import type { Measure } from '../map/measures.ts';
import { words } from '../map/words.ts';
import { table } from './markdown.ts';
import type { Say } from './said.ts';

/** Each measure with a link to its test, as seen from a page of one language. */
export const measuresTable = (measures: readonly Measure[], say: Say): string =>
  table(
    [words('Measure', 'Mesure'), words('Held by', 'Vérifiée par')].map(say),
    measures.map(({ about, test }) => [say(about), `[${test}](../../../${test})`]),
  );
