import * as z from 'zod';

const report = z.object({ aggregate: z.object({ counters: z.record(z.string(), z.number()) }) });

/** What artillery itself counted. */
export type ArtilleryCount = {
  users: number;
  completed: number;
  failed: number;
  skipped: number;
  errors: string[];
};

/**
 * Reads artillery's own report. It leaves out what did not happen, and a function that it does not find is nothing to it
 * but a counter of errors: a user that did nothing has completed.
 */
export const readArtilleryReport = (text: string): ArtilleryCount => {
  const { counters } = report.parse(JSON.parse(text)).aggregate;
  const of = (name: string) => counters[name] ?? 0;
  return {
    users: of('vusers.created'),
    completed: of('vusers.completed'),
    failed: of('vusers.failed'),
    skipped: of('vusers.skipped'),
    errors: Object.keys(counters).filter((name) => name.startsWith('errors.')),
  };
};
