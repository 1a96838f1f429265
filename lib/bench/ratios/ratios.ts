import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { percentile } from '../../local/sample/percentile.ts';
import type { BenchContext, Measure } from '../measure.ts';
import { referenceWork } from './reference.ts';
import { type Subject, type SubjectName, subjectNames, subjects } from './subjects.ts';

/** `warmUp`: until everything is compiled. */
const ROUNDS = { warmUp: 4, counted: 21 };
/** Some 50 ms of CPU, so that a collection of garbage is in each. */
const REFERENCE_ROUNDS = 12_000;

/** CPU time of our own work in that of a reference, measured in turns: what slows the machine slows both. */
export const measureRatios = (context: Pick<BenchContext, 'say' | 'signal'>): Promise<Measure> =>
  measureRatiosOf(subjectNames, context);

/** The same of some of them. */
export const measureRatiosOf = async (
  names: readonly SubjectName[],
  { say, signal }: Pick<BenchContext, 'say' | 'signal'>,
  work: Readonly<Record<SubjectName, Subject>> = subjects,
  rounds: typeof ROUNDS = ROUNDS,
): Promise<Measure> => {
  say(`ratios: ${names.join(', ')}, each beside a reference ...`);
  const ratios = new Map<SubjectName, number[]>(names.map((name) => [name, []]));
  for (let round = 1 - rounds.warmUp; round <= rounds.counted; round += 1) {
    for (const name of names) {
      await turnOfTheLoop(); // Ctrl-C is heard there alone
      signal.throwIfAborted();
      const ratio = await ratioOf(work[name]);
      if (round > 0) ratios.get(name)?.push(ratio);
    }
  }
  const figures = names.map((name) => {
    const value = percentile(ratios.get(name) ?? [], 50) ?? Number.NaN;
    return { name, value, unit: 'x' as const };
  });
  return { name: 'ratios', figures };
};

/** Between two of the reference, so that a machine that becomes slower is so for both. */
const ratioOf = async (work: Subject): Promise<number> => {
  const before = await cpuMsOf(reference);
  const own = await cpuMsOf(work);
  const after = await cpuMsOf(reference);
  return (2 * own) / (before + after);
};

const reference: Subject = async () => {
  await referenceWork(REFERENCE_ROUNDS);
};

/** Of this thread: others of the process, and other processes, do not count. */
const cpuMsOf = async (work: Subject): Promise<number> => {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
};
