import { DAY, HOUR, MINUTE, type Retention } from '../map/store.ts';
import { beginnings } from '../map/vocabulary.ts';
import { type Language, type Words, words } from '../map/words.ts';

/** Words of one language. */
export type Say = (said: Words) => string;

export const saying =
  (language: Language): Say =>
  (said) =>
    said[language];

const seconds = { length: 1, one: words('second', 'seconde'), many: words('seconds', 'secondes') };

const units = [
  { length: DAY, one: words('day', 'jour'), many: words('days', 'jours') },
  { length: HOUR, one: words('hour', 'heure'), many: words('hours', 'heures') },
  { length: MINUTE, one: words('minute', 'minute'), many: words('minutes', 'minutes') },
] as const;

const colon = words(': ', ' : ');

/** In the largest unit that it is a whole number of. */
const duration = (say: Say, length: number): string => {
  const unit = units.find((it) => length % it.length === 0) ?? seconds;
  const count = length / unit.length;
  return `${count} ${say(count === 1 ? unit.one : unit.many)}`;
};

/** How long something is kept, and from when on. */
export const retentionText = (say: Say, retention: Retention): string => {
  switch (retention.kind) {
    case 'for': {
      const { seconds: length, from, or = [], inDev } = retention;
      const others = or.map((other) => ({ what: say(other.when), of: other.seconds }));
      const dev = inDev === undefined ? [] : [{ what: 'dev', of: inDev }];
      const rest = [...others, ...dev].map(({ what, of }) => `${what}${say(colon)}${duration(say, of)}`);
      const main = `${duration(say, length)} ${say(beginnings[from])}`;
      return rest.length === 0 ? main : `${main} (${rest.join(', ')})`;
    }
    case 'until':
      return say(words(`until: ${retention.event.en}`, `jusqu’à : ${retention.event.fr}`));
    case 'nothing':
      return say(words('passes through', 'ne fait que passer'));
  }
};
