import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Unusable } from '../command-line.ts';
import { breachFacts } from './breach/breach-facts.ts';
import { breachNotice, UnknownStore } from './breach/breach-notice.ts';
import { DETAILS_FILE, filledIn, lackingIn, readDetails } from './documents/controller-details.ts';
import { placeholdersIn } from './documents/page-problems.ts';
import { readPages } from './documents/pages.ts';
import { publishDocuments } from './documents/publish.ts';
import { saying } from './documents/said.ts';
import { dataMap } from './map/data-map.ts';
import type { Language } from './map/words.ts';
import type { PrivacyOptions } from './options.ts';

/** Carries out a command of `npm run privacy`; resolves to its exit code. */
export const runPrivacy = async (options: PrivacyOptions, say: (line: string) => void): Promise<number> => {
  switch (options.kind) {
    case 'make':
      for (const file of publishDocuments()) say(`written: ${file}`);
      return 0;
    case 'placeholders':
      return listPlaceholders(say);
    case 'publish':
      return publishPages(options.directory, say);
    case 'breach':
      say(noticeOf(options.factsFile, options.language));
      return 0;
  }
};

const listPlaceholders = (say: (line: string) => void): number => {
  const [pages, details] = [readPages(), readDetails()];
  const lacking = new Set(lackingIn(pages, details));
  for (const { file, line, name } of placeholdersIn(pages))
    say(`${file}:${line}: ${name}${lacking.has(name) ? '' : ' (filled in)'}`);
  say(`${lacking.size} to fill in, in ${DETAILS_FILE}`);
  return 0;
};

const publishPages = (directory: string, say: (line: string) => void): number => {
  const [pages, details] = [readPages(), readDetails()];
  const isWritten = pages.map((page) => {
    const file = join(directory, relative('docs/privacy', page.file));
    const lacking = lackingIn([page], details);
    if (lacking.length > 0) {
      say(`not written: ${file}, ${DETAILS_FILE} lacks ${lacking.join(', ')}`);
      return false;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, filledIn(page, details));
    say(`written: ${file}`);
    return true;
  });
  return isWritten.every(Boolean) ? 0 : 1;
};

const noticeOf = (file: string, language: Language): string => {
  try {
    const facts = breachFacts.parse(JSON.parse(readFileSync(file, 'utf8')));
    const text = breachNotice(facts, dataMap, saying(language));
    return filledIn({ text, language }, readDetails());
  } catch (error) {
    throw error instanceof UnknownStore ? new Unusable(error.message) : unusable(file, error);
  }
};

const unusable = (file: string, error: unknown): Unusable =>
  new Unusable(`${file}: ${error instanceof Error ? error.message.replaceAll(/\s+/g, ' ') : String(error)}`);
