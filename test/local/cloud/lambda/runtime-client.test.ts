import { join } from 'node:path';
import type { FunctionSpec } from '../../../../lib/local/cloud/assembly/deployment.ts';
import {
  createExecutionEnvironment,
  type ExecutionEnvironment,
} from '../../../../lib/local/cloud/lambda/execution-environment.ts';
import { startRuntimeClient } from '../../../../lib/local/cloud/lambda/runtime-client.ts';

const specOf = (timeoutMs: number): FunctionSpec => ({
  name: 'hosted',
  arn: 'arn:aws:lambda:eu-west-3:000000000000:function:hosted',
  roleArn: 'arn:aws:iam::000000000000:role/hosted',
  logGroup: '/aws/lambda/hosted',
  codeDir: __dirname,
  handler: 'index.handler',
  timeoutMs,
  memoryMb: 128,
  logLevel: 'INFO',
  logFormat: 'JSON',
  variables: {},
  reservedConcurrency: undefined,
});

const lines: string[] = [];
const started: ExecutionEnvironment[] = [];

const start = (purpose: string, timeoutMs = 60_000): ExecutionEnvironment => {
  const parts = {
    variables: { PURPOSE: purpose },
    clockSkewMs: 0,
    toldName: undefined,
    onLine: (line: string) => void lines.push(line),
  };
  const host = startRuntimeClient(join(__dirname, 'runtime-client.mjs'));
  const environment = createExecutionEnvironment(specOf(timeoutMs), parts, host);
  started.push(environment);
  return environment;
};

afterEach(async () => {
  await Promise.all(started.splice(0).map((environment) => environment.terminate()));
});

const invoke = (environment: ExecutionEnvironment, event: object) =>
  environment.invoke('request-1', JSON.stringify(event), undefined);

it('hands each invocation to the client, and on what it says of it and prints', async () => {
  const environment = start('tests');
  expect(await environment.started).toBe(true);
  expect(await invoke(environment, { reply: { a: 1 } })).toEqual({ kind: 'returned', payload: '{"a":1}' });
  expect(await invoke(environment, { fail: 'TypeError' })).toEqual({
    kind: 'failed',
    errorType: 'TypeError',
  });
  expect(await invoke(environment, { reply: null })).toEqual({ kind: 'returned', payload: 'null' });
  await environment.terminate();
  expect(lines.join('\n')).toMatch(/runs request-1 for tests until \d{13}/);
});

it('refuses a response that is too large', async () => {
  const environment = start('large');
  await environment.started;
  const failed = { kind: 'failed', errorType: 'Function.ResponseSizeTooLarge' };
  expect(await invoke(environment, { bytes: 6_291_557 })).toEqual(failed);
  expect(await invoke(environment, { reply: 1 })).toEqual({ kind: 'returned', payload: '1' });
});

it('sees a client end in the middle of an invocation, and one without a handler before', async () => {
  const environment = start('ending');
  await environment.started;
  expect(await invoke(environment, { exit: true })).toEqual({ kind: 'died', errorType: 'Runtime.ExitError' });
  await environment.exited;
  expect(await start('no-handler').started).toBe(false);
});

it('ends a client that is past the timeout', async () => {
  const environment = start('late', 1_000);
  await environment.started;
  expect(await invoke(environment, { hang: true })).toEqual({ kind: 'died', errorType: 'Sandbox.Timedout' });
  await environment.exited;
});
