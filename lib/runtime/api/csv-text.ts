/** Rows as CSV (RFC 4180) with a header line. All rows have the fields of the first. */
export const csvText = (rows: readonly unknown[]): string => {
  const records = rows.filter((row): row is object => typeof row === 'object' && row !== null);
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const lines = records.map((record) => {
    const cells = new Map(Object.entries(record));
    return names.map((name) => cellOf(cells.get(name))).join(',');
  });
  return [names.map(cellOf).join(','), ...lines].map((line) => `${line}\r\n`).join('');
};

const cellOf = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = harmless(typeof value === 'string' ? value : JSON.stringify(value));
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** A spreadsheet takes a text that begins so for a formula (OWASP, "CSV Injection"). */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
