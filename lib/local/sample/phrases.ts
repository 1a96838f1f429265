import type { LaneName } from '../../pipeline/job/lane.ts';
import type { Random } from '../../seeded-random.ts';

export type Language = 'en' | 'fr';

/** At least one text, so that there is always one to pick. */
export type Texts = readonly [string, ...string[]];

/** What was said, and what was answered. */
export type Exchange = { said: string; answered: string };

type Scenario = {
  topic: string;
  /** Turns that lead up to the question, in order. */
  before: readonly Exchange[];
  /** Ways to put the question that the model is to answer. */
  asks: Texts;
};

/** What conversations of one language are put together from. Texts hold `{slot}` and `{lowest-highest}`. */
export type Phrases = {
  slots: Readonly<Record<string, Texts>>;
  openings: Readonly<Record<LaneName, readonly [Exchange, ...Exchange[]]>>;
  detours: readonly [Exchange, ...Exchange[]];
  scenarios: Readonly<Record<LaneName, readonly [Scenario, ...Scenario[]]>>;
  closings: Readonly<Record<LaneName, Texts>>;
};

/**
 * Fills texts of one conversation. A slot keeps its value throughout, so that the Lyon of the first turn is still
 * Lyon in the last one; ranges are drawn anew each time.
 */
export const filler = (
  random: Random,
  language: Language,
  slots: Phrases['slots'],
  given: Record<string, string>,
) => {
  const chosen = new Map(Object.entries(given));
  const numbers = new Intl.NumberFormat(language);
  const fillSlot = (slot: string): string => {
    const known = chosen.get(slot);
    if (known !== undefined) return known;
    const choices = slots[slot];
    if (choices === undefined) throw new Error(`no phrases for the slot ${slot}`);
    const value = random.pick(choices);
    chosen.set(slot, value);
    return value;
  };
  return (text: string): string =>
    text
      .replaceAll(/\{(\d+)-(\d+)\}/g, (_, low, high) =>
        numbers.format(random.between(Number(low), Number(high))),
      )
      .replaceAll(/\{(\w+)\}/g, (_, slot) => fillSlot(slot));
};
