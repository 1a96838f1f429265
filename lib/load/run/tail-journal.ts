import { existsSync, readFileSync } from 'node:fs';
import { type JournalLine, readLines } from '../generator/journal.ts';

/** Reads what a journal has more than at the last look. */
export const tailJournal = (file: string): (() => JournalLine[]) => {
  let read = 0;
  return () => {
    if (!existsSync(file)) return [];
    const bytes = readFileSync(file);
    const end = bytes.lastIndexOf('\n') + 1;
    const lines = readLines(bytes.subarray(read, end).toString('utf8'));
    read = end;
    return lines;
  };
};
