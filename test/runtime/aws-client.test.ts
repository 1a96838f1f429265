import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { AWS_TIMEOUT_MS, awsClient, bounded } from '../../lib/runtime/aws-client.ts';
import { RESULT_RETRY_MS } from '../../lib/runtime/dynamodb-job-store.ts';
import { configOf } from '../stacks/synthesize.ts';

it('the reserve of an invocation holds every repetition of a result and one last slow call', () => {
  const { worker } = configOf('production');
  expect(RESULT_RETRY_MS + AWS_TIMEOUT_MS).toBeLessThanOrEqual(worker.reserveMs);
});

it('the SDK repeats nothing', () => {
  expect(awsClient.maxAttempts).toBe(1);
});

it.each([
  ['whose reply never begins', () => {}],
  [
    'whose reply stalls in its body',
    (response: ServerResponse) => response.writeHead(200).write('{"Attributes":'),
  ],
])('a call %s is given up in time', async (_case, answer) => {
  const server = createServer((_request, response) => void answer(response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({ ...awsClient, region: 'eu-west-1', endpoint, credentials });
  await expect(client.send(new ListTablesCommand({}), bounded())).rejects.toMatchObject({
    name: 'AbortError',
  });
  client.destroy();
  server.closeAllConnections();
  server.close();
});
