import type { Rig } from './rig.ts';

/** Whether a function prints a line like this, from the watch's start until then. */
export type LineWatch = { seenWithin(ms: number): Promise<boolean> };

/** Starts to look for a line before what is to bring it about. */
export const watchForLine = ({ onLine }: Pick<Rig, 'onLine'>, pattern: RegExp): LineWatch => {
  const { promise: seen, resolve } = Promise.withResolvers<boolean>();
  onLine((_functionName, line) => {
    if (pattern.test(line)) resolve(true);
  });
  return {
    seenWithin: async (ms) => {
      const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<boolean>();
      const timer = setTimeout(giveUp, ms, false);
      return Promise.race([seen, tooLate]).finally(() => clearTimeout(timer));
    },
  };
};
