import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListTablesCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { laneNames } from '../../pipeline/job/lane.ts';
import { createExportBucket } from '../../runtime/privacy/export-bucket.ts';
import { openLetterBox } from './letter-box.ts';
import type { Rig } from './rig.ts';
import { openTopicBox } from './topic-box.ts';

/** Looks everywhere for a word, by other ways than whoever erases. */
export type ContentScan = {
  /** Places that have it: rows, messages, objects, files, lines and events, by names that say where. */
  all(): Promise<string[]>;
  /** The same, but for lanes: while they are busy a look at them has no end. */
  besideLanes(): Promise<string[]>;
};

/** The word as it is, and as encodings would hide it. */
const formsOf = (word: string): string[] => [
  word,
  encodeURIComponent(word),
  // of base64, the part that is the same wherever the word begins
  ...[0, 1, 2].map((before) =>
    Buffer.from(`${'.'.repeat(before)}${word}`)
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  ),
  Buffer.from(word).toString('hex'),
];

const sideQueues = ['webhooks', 'ledger-repair', 'alerts'];

const restingQueues = [
  ...laneNames.map((lane) => `${lane}-dlq`),
  ...sideQueues.flatMap((name) => [name, `${name}-dlq`]),
];

/** Must be opened before anything is sent: it hears what functions print, their metrics among it, and what the topic of results tells. */
export const createContentScan = async (rig: Rig, word: string): Promise<ContentScan> => {
  const forms = formsOf(word);
  const has = (text: string): boolean => forms.some((form) => text.includes(form));
  const lines: string[] = [];
  rig.onLine((name, line) => {
    if (has(line)) lines.push(`a line of ${name}`);
  });
  const results = await openTopicBox(rig, 'results');
  const events: string[] = [];
  const hear = async (): Promise<void> => {
    for (let taken = await results.take(0); taken.length > 0; taken = await results.take(0))
      events.push(...taken.filter(({ text }) => has(text)).map(() => 'an event of a job'));
  };
  const files = async (): Promise<string[]> => {
    const entries = await readdir(rig.workDir, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    const texts = await Promise.all(names.map((name) => readFile(name, 'latin1')));
    return names.filter((_name, index) => has(texts[index] ?? '')).map((name) => `the file ${name}`);
  };
  const tables = async (): Promise<string[]> => {
    const { TableNames = [] } = await rig.dynamodb.send(new ListTablesCommand({}));
    return (await Promise.all(TableNames.map((name) => rowsOf(rig, name, has)))).flat();
  };
  const messages = async (names: readonly string[]): Promise<string[]> => {
    using box = openLetterBox(rig);
    const found = await Promise.all(
      names.map(async (name) => (await box.look(name)).filter(has).map(() => `a message in ${name}`)),
    );
    return found.flat();
  };
  const objects = async (): Promise<string[]> => {
    const bucket = createExportBucket({
      bucket: 'relay-local-exports-000000000000',
      region: 'us-east-1',
      endpoint: rig.endpoints.s3,
      credentials: { accessKeyId: 'drill', secretAccessKey: 'drill' },
      now: Date.now,
    });
    const keys = await bucket.list('');
    const texts = await Promise.all(keys.map(async (key) => (await fetch(bucket.link(key, 60))).text()));
    return keys.filter((_key, index) => has(texts[index] ?? '')).map((key) => `the object ${key}`);
  };
  const placesWith = async (queues: readonly string[]) => {
    await hear();
    const found = await Promise.all([tables(), messages(queues), objects(), files()]);
    return [...found.flat(), ...lines, ...events];
  };
  return {
    all: () => placesWith([...laneNames, ...restingQueues]),
    besideLanes: () => placesWith(restingQueues),
  };
};

const rowsOf = async (
  { dynamodb }: Rig,
  TableName: string,
  has: (text: string) => boolean,
): Promise<string[]> => {
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName, ConsistentRead: true }))
    for (const item of Items) {
      const row = unmarshall(item);
      if (has(JSON.stringify(row))) found.push(`a row of ${TableName} ${row.jobId ?? ''}`.trimEnd());
    }
  return found;
};
