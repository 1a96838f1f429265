import { readCommandLine } from '../../lib/local/options.ts';

describe('the command line of npm start', () => {
  it.each(['--data', '--json'])('refuses %s without a path', (flag) => {
    expect(readCommandLine([`${flag}=`], {})).toMatchObject({ kind: 'misused' });
  });
});
