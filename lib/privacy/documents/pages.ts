import { globSync, readFileSync } from 'node:fs';
import { dataMap } from '../map/data-map.ts';
import { measures } from '../map/measures.ts';
import { policyVersions } from '../map/policy-versions.ts';
import { processors } from '../map/processors.ts';
import { transfers } from '../map/transfers.ts';
import { type Language, languages } from '../map/words.ts';
import { withParts } from './markdown.ts';
import { measuresTable } from './measures-table.ts';
import { policyHistoryTable } from './policy-history.ts';
import {
  breachClocks,
  policiesTable,
  processorsTable,
  recipientsTable,
  termsTable,
} from './processor-tables.ts';
import { purposesTable, recordTable } from './purpose-tables.ts';
import { type Say, saying } from './said.ts';
import {
  categoriesTable,
  erasureTable,
  logsTable,
  retentionSummary,
  retentionTable,
  storesTable,
} from './store-tables.ts';
import { transfersTable } from './transfers-table.ts';

/** What pages are made of between their markers. */
const parts: Readonly<Record<string, (say: Say) => string>> = {
  categories: (say) => categoriesTable(dataMap, say),
  purposes: purposesTable,
  stores: (say) => storesTable(dataMap, say),
  retention: (say) => retentionTable(dataMap, say),
  'retention-summary': (say) => retentionSummary(dataMap, say),
  erasure: (say) => erasureTable(dataMap, say),
  logs: (say) => logsTable(dataMap, say),
  'record-controller': (say) => recordTable(dataMap, 'controller', say),
  'record-processor': (say) => recordTable(dataMap, 'processor', say),
  recipients: (say) => recipientsTable(processors, say),
  processors: (say) => processorsTable(processors, say),
  'processor-terms': (say) => termsTable(processors, say),
  policies: (say) => policiesTable(processors, say),
  'breach-clocks': (say) => breachClocks(processors, say),
  measures: (say) => measuresTable(measures, say),
  transfers: (say) => transfersTable(transfers, processors, say),
  'policy-history': (say) => policyHistoryTable(policyVersions, say),
};

/** A page of prose and tables: where it is, and what stands in it now. */
export type Page = { file: string; language: Language; name: string; text: string };

export const readPages = (): Page[] =>
  languages.flatMap((language) =>
    globSync(`docs/privacy/${language}/*.md`)
      .sort()
      .map((file) => ({
        file,
        language,
        name: file.replace(`docs/privacy/${language}/`, ''),
        text: readFileSync(file, 'utf8'),
      })),
  );

/** The page with its tables as the map has them now. */
export const remade = ({ file, language, text }: Page): string =>
  withParts(text, (name) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`${file} has a part "${name}", which nothing makes`);
    return part(saying(language));
  });
