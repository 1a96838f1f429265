import type { Page } from './pages.ts';

type Section = { id: string; parts: readonly string[]; figures: readonly string[] };

/** Sentences on what a page says in one language and not in the other: sections, tables, figures. */
export const parityProblems = (pages: readonly Page[]): string[] =>
  [...Map.groupBy(pages, ({ name }) => name)].flatMap(([name, both]) => {
    const en = both.find(({ language }) => language === 'en');
    const fr = both.find(({ language }) => language === 'fr');
    if (en === undefined || fr === undefined) return [`${name}: only in ${both[0]?.language}`];
    return differences(sectionsOf(en), sectionsOf(fr)).map((difference) => `${fr.file}: ${difference}`);
  });

const differences = (en: readonly Section[], fr: readonly Section[]): string[] => {
  const ids = (sections: readonly Section[]) => sections.map(({ id }) => id).join(', ');
  if (ids(en) !== ids(fr)) return [`its sections are ${ids(fr)}, the English page's are ${ids(en)}`];
  return en.flatMap((section, index) => {
    const other = fr[index] ?? section;
    return [...differenceOf(section, other, 'parts'), ...differenceOf(section, other, 'figures')];
  });
};

const differenceOf = (en: Section, fr: Section, what: 'parts' | 'figures'): string[] => {
  const [inEnglish, inFrench] = [en[what].join(' '), fr[what].join(' ')];
  return inEnglish === inFrench
    ? []
    : [
        `section ${en.id}: its ${what} are ${inFrench || 'none'}, the English page's are ${inEnglish || 'none'}`,
      ];
};

const SECTION = /^<!-- section: ([a-z-]+) -->$/m;

const sectionsOf = ({ text }: Pick<Page, 'text'>): Section[] => {
  const [head = '', ...rest] = text.split(SECTION);
  const bodies = [
    ['head', head],
    ...rest.flatMap((id, index) => (index % 2 === 0 ? [[id, rest[index + 1] ?? '']] : [])),
  ];
  return bodies.map(([id = '', body = '']) => ({
    id,
    parts: [...body.matchAll(/<!-- made: ([a-z-]+) -->|\{\{([a-z-]+)\}\}/g)].map(
      ([, part, placeholder]) => part ?? placeholder ?? '',
    ),
    figures: [...body.replaceAll(/\]\([^)]*\)/g, '').matchAll(/\d+/g)].map(([figure]) => figure).sort(),
  }));
};

export type Placeholder = { file: string; line: number; name: string };

/** What a controller must fill in before the documents hold. */
export const placeholdersIn = (pages: readonly Page[]): Placeholder[] =>
  pages.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/\{\{([a-z-]+)\}\}/g)].map(([, name = '']) => ({ file, line: index + 1, name })),
      ),
  );
