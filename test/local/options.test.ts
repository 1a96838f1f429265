import { readCommandLine } from '../../lib/local/options.ts';

describe('the command line of npm start', () => {
  it.each(['--data', '--json'])('refuses %s without a path', (flag) => {
    expect(readCommandLine([`${flag}=`], {})).toMatchObject({ kind: 'misused' });
  });

  it('takes endpoints of webhooks, and refuses what nobody could be told at', () => {
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    const webhooks = JSON.stringify({ t1: { url: 'http://127.0.0.1:9000/', secrets: [secret] } });
    const read = (RELAY_WEBHOOKS: string) => readCommandLine([], { RELAY_WEBHOOKS });
    expect(read(webhooks)).toMatchObject({ kind: 'run', options: { webhooks } });
    expect(readCommandLine([], {})).toMatchObject({ kind: 'run', options: { webhooks: '{}' } });
    for (const wrong of ['t1', '[]', webhooks.replace(secret, 'whsec_'), webhooks.replace('url', 'uri')])
      expect(read(wrong)).toMatchObject({
        kind: 'misused',
        text: expect.stringContaining('RELAY_WEBHOOKS is JSON by tenant'),
      });
  });

  it('takes the path of a runtime client, and refuses one that leads nowhere', () => {
    const read = (RELAY_RUNTIME_CLIENT: string) => readCommandLine([], { RELAY_RUNTIME_CLIENT });
    expect(read(__filename)).toMatchObject({ kind: 'run', options: { runtimeClient: __filename } });
    expect(read('/nowhere/index.mjs')).toMatchObject({
      kind: 'misused',
      text: 'RELAY_RUNTIME_CLIENT is the path of aws-lambda-ric/index.mjs, and there is no such file',
    });
  });
});
