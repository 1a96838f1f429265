import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dataMap } from '../map/data-map.ts';
import { measures } from '../map/measures.ts';
import { policyVersions } from '../map/policy-versions.ts';
import { processors } from '../map/processors.ts';
import { compactJson } from './compact-json.ts';
import { dataMapDocument } from './data-map-document.ts';
import { parityProblems } from './page-problems.ts';
import { readPages, remade } from './pages.ts';
import { policyHistoryProblems } from './policy-history.ts';
import { recordDocument } from './record-document.ts';

/** What every made document under docs/privacy is to be, by its file. */
const documents = (): ReadonlyMap<string, string> =>
  new Map([
    ['docs/privacy/data-map.json', json(dataMapDocument(dataMap, processors))],
    ['docs/privacy/record-of-processing.jsonld', json(recordDocument(dataMap, processors, measures))],
    ...readPages().map((page): [string, string] => [page.file, remade(page)]),
  ]);

const json = (document: object): string => `${compactJson(document)}\n`;

/** Writes all documents, and says which; what is as it should be is left alone. */
export const publishDocuments = (): string[] => {
  const written = stale();
  for (const [file, text] of written) writeFileSync(file, text);
  return written.map(([file]) => file);
};

/** A sentence for each document that is not what it is made of says, and for what one language says alone. */
export const documentProblems = (): string[] => [
  ...stale().map(([file]) => `${file} is not what lib/privacy says: npm run privacy writes it anew`),
  ...parityProblems(readPages()),
  ...policyHistoryProblems(readPages(), policyVersions),
];

const stale = (): [string, string][] =>
  [...documents()].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text);
