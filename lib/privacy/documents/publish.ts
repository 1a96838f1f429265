import { readFileSync, writeFileSync } from 'node:fs';
import { dataMap } from '../map/data-map.ts';
import { processors } from '../map/processors.ts';
import { compactJson } from './compact-json.ts';
import { dataMapDocument } from './data-map-document.ts';

/** What every document under docs/privacy is to be, by its file. */
const documents = (): ReadonlyMap<string, string> =>
  new Map([['docs/privacy/data-map.json', json(dataMapDocument(dataMap, processors))]]);

const json = (document: object): string => `${compactJson(document)}\n`;

/** Writes all documents; what is as it should be is left alone. */
export const publishDocuments = (): void => {
  for (const [file, text] of stale()) writeFileSync(file, text);
};

/** A sentence for each document that is not what it is made of says. */
export const documentProblems = (): string[] =>
  stale().map(([file]) => `${file} is not what lib/privacy says: npm run privacy writes it anew`);

const stale = (): [string, string][] => [...documents()].filter(([file, text]) => textOf(file) !== text);

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};
