import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Row = { number: number; item: string; score: number; evidence: string; missing: string };

const rows: Row[] = readFileSync('docs/privacy/checklist.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => {
    const [, number, item = '', score, evidence = '', missing = ''] = line
      .split('|')
      .map((cell) => cell.trim());
    return { number: Number(number), item, score: Number(score), evidence, missing };
  });

const linksIn = ({ evidence }: Row): string[] =>
  [...evidence.matchAll(/\]\(([^)]+)\)/g)].map(([, to = '']) => to);

/** As GitHub names the headings of a page. */
const anchorsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the checklist', () => {
  it('has 40 points, each scored from 0 to 3', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    for (const { score } of rows) expect([0, 1, 2, 3]).toContain(score);
  });

  it('has evidence for each point that is not 0, and it is there', () => {
    const lost = rows.flatMap((row) =>
      linksIn(row).filter((to) => {
        const [path = '', anchor] = to.split('#');
        const file = join('docs/privacy', path);
        return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
      }),
    );
    expect(lost).toEqual([]);
    expect(rows.filter((row) => row.score > 0 && linksIn(row).length === 0)).toEqual([]);
  });

  it('gives 3 only to what a test holds, and says of the others what is missing', () => {
    const untested = rows.filter(
      (row) => row.score === 3 && !linksIn(row).some((to) => to.endsWith('.test.ts')),
    );
    expect(untested).toEqual([]);
    expect(rows.filter(({ score, missing }) => score < 3 && missing === '')).toEqual([]);
  });
});
