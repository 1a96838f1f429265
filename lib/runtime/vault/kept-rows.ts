import { type SubjectRow, type SubjectRows, versionAfter } from './subject-rows.ts';

/** What a submit may take for granted of a subject: no longer than an erasure waits for (KEY_CACHE_SECONDS). In ms. */
export const KEPT_FOR_MS = 180_000;

/** A row has some 200 bytes; its key is wrapped here as it is in the table. */
const MOST_KEPT = 10_000;

/** `rows`: the table, which leaves in `memory` what was lately read of it or written to it. */
export type KeptRows = { rows: SubjectRows; memory: SubjectRows['read'] };

/** Remembers rows for a while; when there are too many, those go first that nobody has asked for longest. */
export const keepRows = (rows: SubjectRows, now: () => number, most = MOST_KEPT): KeptRows => {
  const kept = new Map<string, { row: SubjectRow; untilMs: number }>();
  const keep = (row: SubjectRow) => {
    kept.delete(row.name);
    kept.set(row.name, { row, untilMs: now() + KEPT_FOR_MS });
    const [oldest] = kept.keys();
    if (kept.size > most && oldest !== undefined) kept.delete(oldest);
  };
  const recall = (name: string): SubjectRow[] => {
    const found = kept.get(name);
    kept.delete(name);
    if (found === undefined || found.untilMs <= now()) return [];
    kept.set(name, found);
    return [found.row];
  };
  return {
    memory: async (names) => new Map(names.flatMap(recall).map((row) => [row.name, row])),
    rows: {
      read: async (names) => {
        const found = await rows.read(names);
        for (const row of found.values()) keep(row);
        return found;
      },
      change: async (name, seen, change) => {
        const outcome = await rows.change(name, seen, change);
        const { set, remove } = change;
        if (outcome.kind === 'refused' && outcome.current !== undefined) keep(outcome.current);
        if (outcome.kind === 'changed' && remove === undefined)
          keep({ ...seen, ...set, name, version: versionAfter(seen) });
        return outcome;
      },
    },
  };
};
