import { AWS_TIMEOUT_MS, awsClient } from '../../lib/runtime/aws-client.ts';
import { RESULT_RETRY_MS } from '../../lib/runtime/dynamodb-job-store.ts';
import { configOf } from '../stacks/synthesize.ts';

it('the reserve of an invocation holds every repetition of a result and one last slow call', () => {
  const { worker } = configOf('production');
  expect(RESULT_RETRY_MS + AWS_TIMEOUT_MS).toBeLessThanOrEqual(worker.reserveMs);
});

it('the SDK repeats nothing and gives up a call that hangs', () => {
  expect(awsClient).toMatchObject({ maxAttempts: 1, requestHandler: { throwOnRequestTimeout: true } });
});
