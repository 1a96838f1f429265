/** What is longer than this gets a line for each of its parts. */
const WIDTH = 110;

/** JSON for people: what fits into a line is in one. */
export const compactJson = (value: unknown, indent = ''): string => {
  const line = JSON.stringify(value);
  if (indent.length + line.length <= WIDTH || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((child) => compactJson(child, inner))
    : Object.entries(value).map(([name, child]) => `${JSON.stringify(name)}: ${compactJson(child, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${indent}${close}`;
};
