import { jobRowAttributes, parseJobRow } from '../../../lib/local/sample/job-row.ts';
import { attemptWith, rowWith } from './job-rows.ts';

const item = {
  jobId: { S: 'job-1' },
  tenantId: { S: 'tenant-1' },
  lane: { S: 'critical' },
  model: { S: 'gpt-5-mini' },
  status: { S: 'succeeded' },
  enqueuedAtMs: { N: '10000' },
  startedAtMs: { N: '10200' },
  endedAtMs: { N: '11200' },
  costMicroUsd: { N: '250' },
  attempts: {
    L: [
      {
        M: {
          model: { S: 'gpt-5-mini' },
          provider: { S: 'openai' },
          modelId: { S: 'gpt-5-mini-2025-08-07' },
          durationMs: { N: '900' },
          outcome: { S: 'answer' },
          usage: {
            M: {
              inputTokens: { N: '400' },
              cachedInputTokens: { N: '100' },
              outputTokens: { N: '80' },
              reasoningTokens: { N: '20' },
            },
          },
          servedTier: { S: 'default' },
          costMicroUsd: { N: '250' },
        },
      },
    ],
  },
};

describe('a row of the jobs table', () => {
  test('is read from the attribute values of DynamoDB', () => {
    expect(parseJobRow(item)).toEqual(rowWith({ attempts: [attemptWith()] }));
  });

  test('may lack what a job that has just been claimed does not have yet', () => {
    const { startedAtMs, endedAtMs, costMicroUsd, attempts, ...claimed } = item;
    const row = parseJobRow({ ...claimed, status: { S: 'running' } });
    expect(row).toMatchObject({ status: 'running', costMicroUsd: 0, attempts: [] });
    expect(row.endedAtMs).toBeUndefined();
  });

  test('is refused with the name of the attribute that is wrong, and without its value', () => {
    const read = () => parseJobRow({ ...item, status: { S: 'secret-word' }, endedAtMs: { N: 'soon' } });
    expect(read).toThrow('a row of the jobs table has an unexpected status.S, endedAtMs.N');
    expect(read).not.toThrow('secret-word');
  });

  test('is asked for by every attribute that the report needs, and no text of the job', () => {
    expect(jobRowAttributes).toEqual(expect.arrayContaining(Object.keys(item)));
    expect(jobRowAttributes).not.toEqual(expect.arrayContaining(['input']));
    expect(jobRowAttributes).not.toEqual(expect.arrayContaining(['answer']));
  });
});
