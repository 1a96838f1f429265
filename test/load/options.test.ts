import { type LoadOptions, readCommandLine } from '../../lib/load/options.ts';
import { scenarioNames } from '../../load/scenarios.ts';

const optionsOf = (...args: string[]): LoadOptions => {
  const asked = readCommandLine(args);
  if (asked.kind !== 'run') throw new Error(`${asked.kind}: ${asked.text}`);
  return asked.options;
};

describe('the command line of load runs', () => {
  it.each(scenarioNames)('takes %s, against the local cloud', (name) => {
    expect(optionsOf(name)).toMatchObject({ kind: 'run', scenario: { name }, target: 'local', scale: 1 });
  });

  it('has every run of the mission, with its users and its time', () => {
    const arrivals = (name: string) => {
      const options = optionsOf(name);
      return options.kind === 'run' ? options.scenario.arrivals : undefined;
    };
    expect(arrivals('smoke')).toMatchObject({ users: 1, staySeconds: 60 });
    expect(arrivals('load')).toMatchObject({ users: 50, staySeconds: 300 });
    expect(arrivals('stress')).toMatchObject({ users: 100, staySeconds: 600 });
    expect(arrivals('spike')).toMatchObject({ users: 200, rampSeconds: 60, staySeconds: 120 });
    expect(arrivals('concurrent-50')).toMatchObject({ users: 50 });
  });

  it('changes the time of a run, and never its users', () => {
    expect(optionsOf('load', '--scale', '0.1')).toMatchObject({
      scale: 0.1,
      scenario: { warmUpSeconds: 3, arrivals: { users: 50, rampSeconds: 6, staySeconds: 30 } },
    });
  });

  it('hits production only when it is meant, and for so much money', () => {
    const args = ['smoke', '--target', 'production', '--i-mean-it', '--spend-at-most', '2.5'];
    expect(optionsOf(...args)).toMatchObject({ target: 'production', mostUsd: 2.5 });
  });

  it('compares two runs', () => {
    const options = optionsOf('compare', 'a', 'b', '--json', 'out.json');
    expect(options).toEqual({ kind: 'compare', before: 'a', after: 'b', jsonFile: 'out.json' });
  });

  it('explains itself, naming every run', () => {
    const asked = readCommandLine(['--help']);
    if (asked.kind !== 'help') throw new Error('no help');
    for (const name of scenarioNames) expect(asked.text).toContain(`  ${name} `);
  });

  it.each([
    { args: [], about: 'say which run' },
    { args: ['smok'], about: 'did you mean smoke' },
    { args: ['smoke', 'load'], about: 'one run at a time' },
    { args: ['smoke', '--target', 'prod'], about: '--target takes one of' },
    { args: ['smoke', '--target', 'production', '--spend-at-most', '1'], about: '--i-mean-it' },
    { args: ['smoke', '--target', 'production', '--i-mean-it'], about: '--spend-at-most' },
    { args: ['smoke', '--spend-at-most', 'much'], about: 'US dollars' },
    { args: ['smoke', '--scale', '0'], about: '--scale takes' },
    { args: ['fallback', '--target', 'staging'], about: 'local cloud alone' },
    { args: ['compare', 'a'], about: 'compare takes two runs' },
    { args: ['compare', 'a', 'b', '--scale', '2'], about: 'compare takes two runs' },
    { args: ['prove', '--target', 'staging'], about: 'prove takes nothing' },
    { args: ['smoke', '--scale', '-1'], about: "'--scale' argument is ambiguous. Did you" },
    { args: ['smoke', '--users', '5'], about: '--users' },
  ])('refuses $args', ({ args, about }) => {
    const asked = readCommandLine(args);
    if (asked.kind !== 'misused') throw new Error('taken');
    expect(asked.text).toContain(about);
  });
});
