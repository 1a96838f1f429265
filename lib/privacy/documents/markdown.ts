/** A table of Markdown; what is empty in a cell is a dash. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map((cell) => cell || '–'))].map(lineOf).join('\n');

const lineOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const PART = /<!-- made: ([a-z-]+) -->\n[\s\S]*?<!-- end -->/g;

/** The page with each of its made parts as `partOf` makes it. */
export const withParts = (page: string, partOf: (name: string) => string): string =>
  page.replaceAll(PART, (_old, name) => `<!-- made: ${name} -->\n${partOf(name)}\n<!-- end -->`);
