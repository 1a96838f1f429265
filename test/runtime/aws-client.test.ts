import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { RESULT_MARGIN_MS } from '../../lib/pipeline/dispatch/end-run.ts';
import { AWS_TIMEOUT_MS, awsClient, bounded } from '../../lib/runtime/aws-client.ts';
import { RELEASE_RETRY_MS } from '../../lib/runtime/dynamodb-job-store.ts';
import { withRetries } from '../../lib/runtime/retry.ts';
import { configOf } from '../stacks/synthesize.ts';

it('the reserve of an invocation holds the repetitions of a write and one last slow call', () => {
  const { worker } = configOf('production');
  expect(RELEASE_RETRY_MS + AWS_TIMEOUT_MS).toBeLessThanOrEqual(worker.reserveMs);
  expect(AWS_TIMEOUT_MS).toBeLessThan(RESULT_MARGIN_MS);
  expect(RESULT_MARGIN_MS).toBeLessThan(worker.reserveMs);
});

it('the SDK repeats nothing', () => {
  expect(awsClient.maxAttempts).toBe(1);
});

/** A DynamoDB client as functions have it, against a server of the test's. */
const against = async (answer: (response: ServerResponse) => void) => {
  const server = createServer((_request, response) => answer(response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new DynamoDBClient({ ...awsClient, region: 'eu-west-1', endpoint, credentials });
  const stop = () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  };
  return { call: () => client.send(new ListTablesCommand({}), bounded()), stop };
};

it.each<[string, (response: ServerResponse) => void]>([
  ['whose reply never begins', () => {}],
  ['whose reply stalls in its body', (response) => void response.writeHead(200).write('{"TableNames":')],
])('a call %s is given up in time', async (_case, answer) => {
  const { call, stop } = await against(answer);
  await expect(call()).rejects.toMatchObject({ name: 'AbortError' });
  stop();
});

it('a page of a load balancer in place of a reply is asked for again', async () => {
  let calls = 0;
  const { call, stop } = await against((response) => {
    calls += 1;
    if (calls === 1) response.writeHead(503, { 'content-type': 'text/html' }).end('<html>busy</html>');
    else
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.0' })
        .end('{"TableNames":["jobs"]}');
  });
  expect(await withRetries(1_000, call)).toMatchObject({ TableNames: ['jobs'] });
  expect(calls).toBe(2);
  stop();
});
