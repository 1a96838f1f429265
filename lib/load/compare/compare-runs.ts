import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Unusable } from '../../command-line.ts';
import { textTable } from '../../terminal/text-table.ts';
import type { LoadOptions } from '../options.ts';
import { type RunResult, runResult } from '../result/result.ts';
import { type Comparison, compareResults, unlike } from './compare-results.ts';

type Comparing = { loadDir: string; say(line: string): void };

/** Something is worse; as a breach is. */
const exitCode = { notWorse: 0, worse: 1 } as const;

/** Says what got better or worse from one run to another. Resolves to the exit code of the command. */
export const compareRuns = async (
  { before, after, jsonFile }: Extract<LoadOptions, { kind: 'compare' }>,
  { loadDir, say }: Comparing,
): Promise<number> => {
  const [one, other] = await Promise.all([before, after].map((name) => readResult(name, loadDir)));
  if (one === undefined || other === undefined) throw new Unusable('compare takes two runs');
  const obstacle = unlike(one, other);
  if (obstacle !== undefined)
    throw new Unusable(`${one.run.id} and ${other.run.id} cannot be compared: ${obstacle}`);
  const compared = compareResults(one, other);
  for (const line of comparisonLines(one, other, compared)) say(line);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(compared, null, 2)}\n`);
  return compared.some(({ verdict }) => verdict === 'worse') ? exitCode.worse : exitCode.notWorse;
};

/** By the name of a run, its folder, or a file of `--json`. */
const readResult = async (name: string, loadDir: string): Promise<RunResult> => {
  const places = [
    name,
    join(name, 'result.json'),
    join(loadDir, 'results', name, 'result.json'),
    join(loadDir, 'results', name),
  ];
  for (const place of places)
    if (existsSync(place) && (await stat(place)).isFile())
      return parseResult(await readFile(place, 'utf8'), place);
  if (places.some((place) => existsSync(place)))
    throw new Unusable(`${name} has no result: it is not over, or was interrupted`);
  throw new Unusable(`there is no run "${name}": its name in load/results, its folder or its JSON file`);
};

const parseResult = (text: string, place: string): RunResult => {
  try {
    return runResult.parse(JSON.parse(text));
  } catch {
    throw new Unusable(`${place} is no result of a load run, or one of another version`);
  }
};

const wordOf: Record<Comparison['verdict'], string> = {
  better: 'better',
  worse: 'WORSE',
  noise: 'noise',
  'too-few': 'too few windows',
};

/** The comparison, for a terminal. */
export const comparisonLines = (
  before: RunResult,
  after: RunResult,
  compared: readonly Comparison[],
): string[] => {
  const value = (amount: number, unit: string) =>
    Number.isNaN(amount) ? '-' : `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
  const worse = compared.filter(({ verdict }) => verdict === 'worse').map(({ name }) => name);
  const better = compared.filter(({ verdict }) => verdict === 'better').map(({ name }) => name);
  return [
    `${before.run.id} (${before.run.commit}) -> ${after.run.id} (${after.run.commit})`,
    '',
    ...textTable([
      ['median of the windows', 'before', 'after', 'change', 'by chance', ''],
      ...compared.map(({ name, unit, before: from, after: to, change, p, verdict }) => [
        name,
        value(from, unit),
        value(to, unit),
        `${change > 0 ? '+' : ''}${Math.round(100 * change)} %`,
        p < 0.001 ? '< 0.1 %' : `${(100 * p).toFixed(1)} %`,
        wordOf[verdict],
      ]),
    ]),
    '',
    worse.length === 0 && better.length === 0 ? 'No difference but noise.' : '',
    ...(worse.length > 0 ? [`WORSE: ${worse.join(', ')}`] : []),
    ...(better.length > 0 ? [`Better: ${better.join(', ')}`] : []),
  ].filter((line, index, all) => line !== '' || index < all.length - 2);
};
