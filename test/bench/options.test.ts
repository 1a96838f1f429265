import { measureNames } from '../../lib/bench/measure.ts';
import { readCommandLine } from '../../lib/bench/options.ts';

describe('the command line of the bench', () => {
  test('runs everything, leniently, when nothing is said', () => {
    expect(readCommandLine([])).toEqual({
      kind: 'run',
      options: { only: [...measureNames], jsonFile: undefined, strict: false, against: undefined },
    });
  });

  test('takes several measures, a file and strictness', () => {
    const args = ['--only', 'bundle', '--only', 'dispatch', '--json', 'out.json', '--strict'];
    expect(readCommandLine(args)).toEqual({
      kind: 'run',
      options: { only: ['bundle', 'dispatch'], jsonFile: 'out.json', strict: true, against: undefined },
    });
  });

  test('measures the ratios alone when it is to hold them against a baseline', () => {
    expect(readCommandLine(['--against', 'load/baseline/ratios.json'])).toMatchObject({
      kind: 'run',
      options: { only: ['ratios'], against: 'load/baseline/ratios.json' },
    });
  });

  test('explains itself, naming every measure', () => {
    const invocation = readCommandLine(['--help']);
    if (invocation.kind !== 'help') throw new Error('no help');
    for (const name of measureNames) expect(invocation.text).toContain(name);
  });

  test.each([
    { args: ['--only', 'stores'], about: '--only takes one of' },
    { args: ['--onyl', 'bundle'], about: '--onyl' },
    { args: ['bundle'], about: 'bundle' },
    { args: ['--against', 'x.json', '--only', 'bundle'], about: 'add --only ratios' },
    { args: ['--json'], about: '--json' },
  ])('refuses $args', ({ args, about }) => {
    const invocation = readCommandLine(args);
    if (invocation.kind !== 'misused') throw new Error('taken');
    expect(invocation.text).toContain(about);
  });
});
