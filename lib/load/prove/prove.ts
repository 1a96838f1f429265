import { textTable } from '../../terminal/text-table.ts';
import type { RunResult } from '../result/result.ts';
import { type Breach, breaches } from './breaches.ts';

/** `run`: makes the run of a breach. `undefined`: it was interrupted. */
type Proving = { run(breach: Breach): Promise<RunResult | undefined>; say(line: string): void };

const exitCode = { caught: 0, missed: 1, interrupted: 130 } as const;

/** Whether a run has named what was broken, with an exit code that is not 0. */
export const isCaught = ({ check }: Pick<Breach, 'check'>, { verdict, checks }: RunResult): boolean =>
  verdict !== 'passed' && checks.some(({ name, holds }) => name === check && !holds);

/** Breaks one promise after the other, and shows that a run notices each. Resolves to the exit code of the command. */
export const prove = async ({ run, say }: Proving): Promise<number> => {
  const rows: string[][] = [];
  for (const breach of breaches) {
    say(`\n${breach.check}: ${breach.how}`);
    const result = await run(breach);
    if (result === undefined) return exitCode.interrupted;
    const found = result.checks.find(({ name }) => name === breach.check);
    rows.push([
      breach.check,
      breach.how,
      found?.found ?? '-',
      isCaught(breach, result) ? 'caught' : 'MISSED',
    ]);
  }
  for (const line of textTable([['check', 'what was done', 'found', ''], ...rows])) say(line);
  return rows.some((row) => row.at(-1) === 'MISSED') ? exitCode.missed : exitCode.caught;
};
