import { isForeign } from './emulator.ts';
import { differenceOf } from './known-differences.ts';

/** Behaviours that Relay relies on, by the sentence that says them. */
export type Contract<Subject> = Record<string, (subject: Subject) => Promise<void>>;

/** Makes a test of each; the title begins with the service. What another emulator is known to lack is skipped there. */
export const holds = <Subject>(title: string, contract: Contract<Subject>, subject: () => Subject): void => {
  describe(title, () => {
    for (const [behaviour, check] of Object.entries(contract)) {
      const test = isForeign(title) && differenceOf(behaviour) !== undefined ? it.skip : it;
      test(behaviour, () => check(subject()));
    }
  });
};
