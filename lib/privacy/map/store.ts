import type {
  beginnings,
  CategoryName,
  EncryptionName,
  erasures,
  exportsTo,
  PurposeName,
  SubjectName,
} from './vocabulary.ts';
import type { Words } from './words.ts';

/** `inDev`: what stage `dev` has instead. `or`: in other states of it. `variable`: by which functions are told of it. */
export type Retention =
  | {
      kind: 'for';
      seconds: number;
      from: keyof typeof beginnings;
      inDev?: number;
      or?: readonly { seconds: number; when: Words }[];
      variable?: string;
    }
  /** Until a person changes it; must say when. */
  | { kind: 'until'; event: Words }
  /** Passes through; nothing stays. */
  | { kind: 'nothing' };

/** Items of one kind in a store. Paths as in `answer.text`, `attempts[].code`, `metadata.*`. */
export type Collection = {
  name: string;
  about: Words;
  purpose: PurposeName;
  subjects: readonly SubjectName[];
  retention: Retention;
  erasure: keyof typeof erasures;
  export: keyof typeof exportsTo;
  fields: Readonly<Partial<Record<CategoryName, readonly string[]>>>;
};

export const storeKinds = [
  'table',
  'queue',
  'topic',
  'log-group',
  'bucket',
  'secret',
  'key',
  'user-pool',
] as const;
export type StoreKind = (typeof storeKinds)[number];

/** Everything that holds or carries data, by the name of its resource. */
export type Store = {
  /** `<stage>` stands for the stage. */
  name: string;
  kind: StoreKind;
  encryption: EncryptionName;
  /** Of older versions of a table, in days; absent where there are none. */
  recoveryDays?: number;
  /** Stages that have it; absent: all. */
  stages?: readonly string[];
  collections: readonly Collection[];
};

export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 86_400;

/** What an entry of the ledger says of cost, in its row and in the message that waits to become one. */
export const costOfEntry = [
  'costMicroUsd',
  'unpriced',
  'basis',
  'calls',
  'estimatedCalls',
  'inputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
] as const;

/** All fields of a collection with their categories, in the order of the map. */
export const fieldsOf = ({
  fields,
}: Pick<Collection, 'fields'>): { path: string; category: CategoryName }[] =>
  entriesOf(fields).flatMap(([category, paths = []]) => paths.map((path) => ({ path, category })));

const entriesOf = <Name extends string, Value>(
  record: Readonly<Partial<Record<Name, Value>>>,
): [Name, Value | undefined][] => {
  const names: Name[] = [];
  for (const name in record) names.push(name);
  return names.map((name) => [name, record[name]]);
};
