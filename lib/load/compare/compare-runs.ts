import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Unusable } from '../../command-line.ts';
import { textTable } from '../../terminal/text-table.ts';
import type { LoadOptions } from '../options.ts';
import { type Check, type RunResult, runResult } from '../result/result.ts';
import { type Comparison, compareResults, LEAST_WINDOWS, newlyBroken, unlike } from './compare-results.ts';

type Comparing = { loadDir: string; say(line: string): void };

/** As those of a run. */
const exitCode = { notWorse: 0, worse: 1, cannotTell: 3 } as const;

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
  const difference = { figures: compareResults(one, other), broken: newlyBroken(one, other) };
  for (const line of differenceLines(one, other, difference)) say(line);
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(difference, null, 2)}\n`);
  return exitCodeOf(difference);
};

/** What two runs differ in: figure by figure, and in promises that only the second one breaks. */
type Difference = { figures: readonly Comparison[]; broken: readonly Check[] };

const saysNothing = ({ figures }: Difference): boolean =>
  figures.every(({ verdict }) => verdict === 'too-few');

const exitCodeOf = (difference: Difference): number => {
  const { figures, broken } = difference;
  if (broken.length > 0 || figures.some(({ verdict }) => verdict === 'worse')) return exitCode.worse;
  return saysNothing(difference) ? exitCode.cannotTell : exitCode.notWorse;
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

/** The difference, for a terminal. */
export const differenceLines = (before: RunResult, after: RunResult, difference: Difference): string[] => [
  [before, after].map(({ run, verdict }) => `${run.id} (${run.commit}, ${verdict})`).join(' -> '),
  '',
  ...textTable([
    ['median of the windows', 'before', 'after', 'change', 'by chance', ''],
    ...difference.figures.map(({ name, unit, before: from, after: to, change, p, verdict }) => [
      name,
      value(from, unit),
      value(to, unit),
      Number.isFinite(change) ? `${change > 0 ? '+' : ''}${Math.round(100 * change)} %` : 'from none',
      p < 0.001 ? '< 0.1 %' : `${(100 * p).toFixed(1)} %`,
      wordOf[verdict],
    ]),
  ]),
  '',
  ...verdictLines(difference),
];

const value = (amount: number, unit: string): string =>
  Number.isNaN(amount) ? '-' : `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;

const verdictLines = (difference: Difference): string[] => {
  const { figures, broken } = difference;
  const named = (wanted: Comparison['verdict']) =>
    figures.filter(({ verdict }) => verdict === wanted).map(({ name }) => name);
  const [worse, better] = [named('worse'), named('better')];
  const lines = [
    ...(better.length > 0 ? [`Better: ${better.join(', ')}`] : []),
    ...(worse.length > 0 ? [`WORSE: ${worse.join(', ')}`] : []),
    ...broken.map(({ name, found, wanted }) => `WORSE: now breaks ${name}: ${found} (${wanted})`),
  ];
  if (lines.length > 0) return lines;
  return [
    saysNothing(difference)
      ? `Too short to tell: a figure takes ${LEAST_WINDOWS} windows of each run.`
      : 'No difference but noise.',
  ];
};
