/** Text that is HTML already. */
export type Html = { html: string };

export const raw = (html: string): Html => ({ html });

type Value = string | number | Html | readonly Html[];

const textOf = (value: Value): string => {
  if (Array.isArray(value)) return value.map(({ html }) => html).join('');
  if (typeof value === 'object' && 'html' in value) return value.html;
  return String(value).replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
};

/** HTML with values in it; whatever is no HTML itself is escaped. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  raw(parts.map((part, index) => part + (index < values.length ? textOf(values[index] ?? '') : '')).join(''));

/** A table with a heading per column; those that are named are figures. */
export const table = (
  headings: readonly string[],
  rows: readonly (readonly Value[])[],
  { figures = [], className = '' }: { figures?: readonly string[]; className?: string } = {},
): Html => {
  const kind = (index: number) => raw(figures.includes(headings[index] ?? '') ? ' class="n"' : '');
  return html`<div class="wide"><table class="${className}"><thead><tr>${headings.map(
    (heading, index) => html`<th${kind(index)}>${heading}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, index) => html`<td${kind(index)}>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
};

/** JSON inside of a script element: no text in it can end that. */
export const jsonScript = (id: string, value: unknown): Html =>
  raw(
    `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`,
  );
