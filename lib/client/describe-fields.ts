import type * as z from 'zod/mini';

type Schema = z.core.JSONSchema.JSONSchema;

/** The fields of a message as a table in Markdown, from its JSON Schema. */
export const describeFields = (schema: Schema): string =>
  [
    '| Field | Must be there | What it is | What it says |',
    '|---|---|---|---|',
    ...linesOf('', schema).map((cells) => `| ${cells.join(' | ').replaceAll('  ', ' ')} |`),
  ].join('\n');

/** An object has no line of its own: its fields have. */
const linesOf = (prefix: string, { properties = {}, required = [] }: Schema): string[][] =>
  Object.entries(properties).flatMap(([key, field]) => {
    const name = `${prefix}${key}`;
    if (!isSchema(field)) return [];
    if (field.properties !== undefined) return linesOf(`${name}.`, field);
    const need = required.includes(key) ? 'yes' : defaultOf(field);
    const line = [`\`${name}\``, need, formOf(field), field.description ?? ''];
    return [line, ...(isSchema(field.items) ? linesOf(`${name}[].`, field.items) : [])];
  });

const isSchema = (given: unknown): given is Schema =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

const defaultOf = (field: Schema): string =>
  field.default === undefined ? '' : `default: \`${field.default}\``;

const formOf = (field: Schema): string => {
  if (field.anyOf !== undefined) return field.anyOf.filter(isSchema).map(formOf).join(', or ');
  if (field.const !== undefined) return `\`${field.const}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.format === 'date-time') return 'date and time with offset (RFC 3339)';
  switch (field.type) {
    case 'integer':
      return `whole number, ${range(field.minimum, field.maximum)}`;
    case 'array':
      return `list of ${range(field.minItems, field.maxItems)}${each('part', field.items)}`;
    case 'object':
      return `object of ${range(undefined, field.maxProperties)}${each('value', field.additionalProperties)}${each('key', field.propertyNames)}`;
    default:
      return textOf(field);
  }
};

/** What the parts of a list or an object are; those with fields have lines of their own. */
const each = (name: string, part: unknown): string =>
  isSchema(part) && part.properties === undefined ? `, each ${name}: ${formOf(part)}` : '';

const textOf = ({ minLength, maxLength, pattern }: Schema): string =>
  `text of ${range(minLength, maxLength)} characters${pattern === undefined ? '' : ` that matches \`${pattern}\``}`;

const range = (least: number | undefined, most: number | undefined): string => {
  const told = (limit: number) => limit.toLocaleString('en-US');
  if (most === undefined) return `${told(least ?? 0)} or more`;
  return least === undefined ? `up to ${told(most)}` : `${told(least)} to ${told(most)}`;
};

const PLACE = /(?<=<!-- fields: npm run schema -->)[\s\S]*?(?=<!-- end of fields -->)/;

/** A page with the table of fields in its place. */
export const withFields = (page: string, table: string): string => {
  if (!PLACE.test(page)) throw new Error('the page has no place for the fields of the message');
  return page.replace(PLACE, () => `\n${table}\n`);
};
