import { readCommandLine } from '../../lib/local/look-command.ts';

describe('the command line of npm run look', () => {
  it.each([
    [['job', 'job-1'], { kind: 'job', jobId: 'job-1' }],
    [['requests', 't1'], { kind: 'requests', tenantId: 't1' }],
    [['queues'], { kind: 'queues' }],
    [
      ['hold', 'openai/gpt-5', 'open'],
      { kind: 'hold', circuit: { provider: 'openai', modelId: 'gpt-5' }, hold: 'open' },
    ],
  ])('%j', (args, command) => {
    expect(readCommandLine(args, { RELAY_AWS_PORT: '4666' })).toMatchObject({
      kind: 'run',
      options: { command, endpoints: { aws: 'http://127.0.0.1:4666', dynamodb: 'http://127.0.0.1:8000' } },
    });
  });

  it.each([
    [[], /say job, requests, queues, circuits or hold/],
    [['job'], /needs the id/],
    [['requests'], /needs the id of a tenant/],
    [['hold', 'openai/gpt-5mini', 'open'], /did you mean openai\/gpt-5-mini\?/],
    [['hold', 'claude', 'open'], /did you mean anthropic\/claude-haiku-5-5\?/],
    [['hold', 'openai/gpt-5', 'shut'], /open, closed, auto/],
    [['hold', 'openai/gpt-5'], /open, closed, auto/],
  ])('%j is refused with what is meant', (args, words) => {
    expect(readCommandLine(args, {})).toMatchObject({ kind: 'misused', text: expect.stringMatching(words) });
  });
});
