/**
 * Aligns cells in columns: the first column, and one at the end without a heading, which are words, to the left; the others,
 * which are figures, to the right.
 */
export const textTable = (rows: readonly (readonly string[])[]): string[] => {
  const heads = rows[0] ?? [];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isOfWords = (column: number) => column === 0 || (column === heads.length - 1 && heads[column] === '');
  const align = (cell: string, column: number) =>
    isOfWords(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(align).join('  ').trimEnd());
};
