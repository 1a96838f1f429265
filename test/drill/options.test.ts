import { drills, longest } from '../../lib/drill/drills.ts';
import { readCommandLine } from '../../lib/drill/options.ts';

describe('the command line of npm run drill', () => {
  it.each([
    [['--only', 'silent-modle'], /"silent-modle"; did you mean silent-model\?/],
    [['--seed', 'x'], /--seed 7/],
    [['--seed=-1'], /--seed 7/],
    [['--seed', ''], /--seed 7/],
    [['--seed', '1.5'], /--seed 7/],
    [['--profile', 'short'], /ci or long/],
    [['--json', ''], /--json takes a path/],
  ])('%j is refused in one line that says how it is meant', (args, words) => {
    const asked = readCommandLine(args);
    expect(asked).toMatchObject({ kind: 'misused', text: expect.stringMatching(words) });
    expect(asked).toMatchObject({ text: expect.not.stringContaining('\n') });
  });

  it('takes what is right', () => {
    expect(
      readCommandLine(['--only', 'cut', '--only', 'poison', '--seed', '7', '--json', 'x.json']),
    ).toMatchObject({
      kind: 'run',
      options: { only: ['cut', 'poison'], seed: 7, jsonFile: 'x.json', profile: 'ci' },
    });
  });
});

it('the drills that take longest begin first', () => {
  expect(drills.map(({ name }) => name).slice(0, longest.length)).toEqual(longest);
});
