import { readCommandLine } from '../../lib/deploy/options.ts';

const asked = (line: string) => readCommandLine(line.split(' ').filter((word) => word !== ''));

describe('the command line of a deploy', () => {
  it('names the stage, what to do with it, and settings of it', () => {
    expect(asked('--stage staging -c alarmEmail=a@example.com -c budgets={"a":"b=c"} --dry-run')).toEqual({
      kind: 'run',
      options: {
        stage: 'staging',
        order: 'dry-run',
        context: { alarmEmail: 'a@example.com', budgets: '{"a":"b=c"}' },
        isSure: false,
        jsonFile: undefined,
      },
    });
    expect(asked('--stage dev --destroy --yes')).toMatchObject({
      options: { order: 'destroy', isSure: true },
    });
    expect(asked('--stage production')).toMatchObject({ options: { order: 'deploy' } });
  });

  it.each([
    ['', 'choose one with --stage <dev|staging|production|local>'],
    ['--stage produktion', 'did you mean production?'],
    ['--stage local', 'only --smoke'],
    ['--stage dev --rollback --destroy', '--rollback and --destroy: choose one'],
    ['--stage dev -c alarmEmail', '-c takes NAME=VALUE'],
    ['--stage dev -c stage=production', 'say --stage instead'],
    ['--stage dev --jsn x', 'Unknown option'],
  ])('refuses "%s" with the way out', (line, text) => {
    expect(asked(line)).toEqual({ kind: 'misused', text: expect.stringContaining(text) });
  });
});
