import { stages } from '../../lib/config.ts';
import { readCommandLine } from '../../lib/plan/options.ts';

const read = (...args: string[]) => readCommandLine(args);

describe('the command line of the plan', () => {
  it('takes a rate, and has a mix, models and shares of its own', () => {
    expect(read('--jobs-per-second', '200')).toEqual({
      kind: 'run',
      options: {
        kind: 'plan',
        jsonFile: undefined,
        ask: {
          jobsPerSecond: 200,
          lanes: { critical: 0.4, high: 0.3, medium: 0.2, low: 0.1 },
          models: { 'gpt-5': 0.2, 'gpt-5-mini': 0.5, 'gpt-5-nano': 0.3, claude: 0 },
          httpShare: 1,
          largestTenantShare: 0.25,
          inputTokens: undefined,
          outputTokens: undefined,
          config: stages.production,
          seed: 1,
        },
      },
    });
  });

  it('makes shares of whatever weights are given', () => {
    const asked = read('--jobs-per-second', '1', '--mix', 'critical=1, low=3', '--models', 'claude=7');
    if (asked.kind !== 'run' || asked.options.kind !== 'plan') throw new Error('no plan');
    expect(asked.options.ask.lanes).toEqual({ critical: 0.25, high: 0, medium: 0, low: 0.75 });
    expect(asked.options.ask.models.claude).toBe(1);
  });

  it('validates and calibrates without a rate', () => {
    expect(read('--validate', '--json', 'out.json')).toEqual({
      kind: 'run',
      options: { kind: 'validate', seed: 1, jsonFile: 'out.json' },
    });
    expect(read('--calibrate', '--seed', '4')).toEqual({
      kind: 'run',
      options: { kind: 'calibrate', seed: 4 },
    });
  });

  it('explains itself', () => {
    const asked = read('--help');
    if (asked.kind !== 'help') throw new Error('no help');
    for (const flag of ['--jobs-per-second', '--mix', '--models', '--validate', '--calibrate'])
      expect(asked.text).toContain(flag);
  });

  it.each([
    [['--jobs-per-second', '0'], 'from 0.01 to 100000'],
    [['--jobs-per-second', '100001'], 'from 0.01 to 100000'],
    [['--jobs-per-second', 'many'], 'from 0.01 to 100000'],
    [[], '--jobs-per-second takes'],
    [['--jobs-per-second', '5', '--mix', 'urgent=1'], '--mix takes critical=N'],
    [['--jobs-per-second', '5', '--mix', 'low=0'], '--mix has nothing in it'],
    [['--jobs-per-second', '5', '--mix', 'low=40,low=60'], '--mix names one of them twice'],
    [['--jobs-per-second', '5', '--mix', 'low=1e-300,high=1'], '--mix low is less than a millionth'],
    [['--jobs-per-second', '5', '--mix', 'low=NaN'], '--mix low takes a number'],
    [['--calibrate', '--validate'], 'one after the other'],
    [['--jobs-per-second', '5', '--models', 'gpt-5=-1'], '--models gpt-5 takes'],
    [['--jobs-per-second', '5', '--stage', 'local'], '--stage takes dev, staging, production'],
    [['--jobs-per-second', '5', '--http', '101'], '--http takes'],
    [['--jobs-per-second', '5', '--input-tokens', '0'], '--input-tokens takes'],
    [['--seed', 'x', '--calibrate'], '--seed takes'],
    [['--jobs-per-second', '5', '--json', ''], '--json takes a path'],
    [['--jobs'], '--jobs'],
  ])('refuses %j', (args, text) => {
    const asked = read(...args);
    if (asked.kind !== 'misused') throw new Error('taken');
    expect(asked.text).toContain(text);
  });
});
