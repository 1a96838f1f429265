import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type Page, readPages } from './pages.ts';

const text = z.string().check(z.minLength(1));

/** What only the controller can say, by the name of its placeholder: one text for both languages, one for each, or none yet. */
const controllerDetails = z.record(
  z.string(),
  z.union([z.null(), text, z.strictObject({ en: text, fr: text })]),
);

export type ControllerDetails = z.infer<typeof controllerDetails>;

export const DETAILS_FILE = 'docs/privacy/controller.json';

export const readDetails = (): ControllerDetails =>
  controllerDetails.parse(JSON.parse(readFileSync(DETAILS_FILE, 'utf8')));

const PLACEHOLDER = /\{\{([a-z-]+)\}\}/g;

/** The page with what the controller has said; what it has not said stays a placeholder. */
export const filledIn = (
  { text, language }: Pick<Page, 'text' | 'language'>,
  details: ControllerDetails,
): string =>
  text.replaceAll(PLACEHOLDER, (placeholder, name: string) => {
    const detail = details[name] ?? placeholder;
    return typeof detail === 'string' ? detail : detail[language];
  });

/** Each placeholder of these pages that the controller has not filled in, once. */
export const lackingIn = (pages: readonly Pick<Page, 'text'>[], details: ControllerDetails): string[] => {
  const names = pages.flatMap(({ text }) => [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name));
  return [...new Set(names)].filter((name) => (details[name] ?? null) === null).sort();
};

/** What the notice of Art. 13 and 14 still lacks. */
export const lackingInNotice = (): string[] =>
  lackingIn(
    readPages().filter(({ name }) => name === 'privacy-policy.md'),
    readDetails(),
  );
