import type { EndedJob } from '../../pipeline/job/completion-event.ts';
import type { Results } from '../sns-results.ts';

/** The worker that finds the message of a canceled job tells of it, too: this only comes sooner, and may fail. */
const TELL_MS = 1_000;

/** What tells of ends is loaded when the first job is canceled, and again by the next if that failed. Never rejects. */
export const createCancelTeller = (load: () => Promise<Results>, onUntold: (error: unknown) => void) => {
  let loaded: Results | undefined;
  return async (end: EndedJob): Promise<void> => {
    try {
      loaded ??= await load();
      const { out, error } = await loaded.tell([end], TELL_MS);
      if (!out.has(end)) onUntold(error);
    } catch (error) {
      onUntold(error);
    }
  };
};
