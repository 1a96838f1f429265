import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Account, Concurrency } from './account-checks.ts';

/** A person waits for it. */
const aws = { maxAttempts: 2, requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 } };

/** The account that the caller's credentials lead to. Reads, and changes nothing. */
export const awsAccount = (): Account => {
  const sts = new STSClient(aws);
  return {
    async identity() {
      const { Account: accountId = '' } = await sts.send(new GetCallerIdentityCommand());
      return { accountId, region: await sts.config.region() };
    },
    region: () => sts.config.region(),
    async bootstrapVersion() {
      const version = (await outputsOf('CDKToolkit'))?.get('BootstrapVersion');
      return version === undefined ? undefined : Number(version);
    },
    concurrency: readConcurrency,
    secretText: readSecret,
  };
};

/** The outputs of a stack by name, or `undefined` when there is no such stack. */
export const outputsOf = async (stackName: string): Promise<ReadonlyMap<string, string> | undefined> => {
  const client = new CloudFormationClient(aws);
  const reply = await unlessNamed('ValidationError', () =>
    client.send(new DescribeStacksCommand({ StackName: stackName })),
  );
  const [stack] = reply?.Stacks ?? [];
  return (
    stack &&
    new Map(stack.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue] as const))
  );
};

const readConcurrency = async (functionNames: readonly string[]): Promise<Concurrency> => {
  const client = new LambdaClient(aws);
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand());
  const reservations = await Promise.all(
    functionNames.map((FunctionName) =>
      unlessNamed('ResourceNotFoundException', () =>
        client.send(new GetFunctionConcurrencyCommand({ FunctionName })),
      ),
    ),
  );
  return {
    limit: AccountLimit?.ConcurrentExecutions ?? 0,
    unreserved: AccountLimit?.UnreservedConcurrentExecutions ?? 0,
    ours: reservations.reduce((sum, found) => sum + (found?.ReservedConcurrentExecutions ?? 0), 0),
  };
};

const readSecret = async (name: string): Promise<string | undefined> => {
  const client = new SecretsManagerClient(aws);
  const reply = await unlessNamed('ResourceNotFoundException', () =>
    client.send(new GetSecretValueCommand({ SecretId: name })),
  );
  return reply && (reply.SecretString ?? '');
};

/** `undefined` when it fails with an error of this name: the services' way to say that there is no such thing. */
const unlessNamed = async <Reply>(name: string, ask: () => Promise<Reply>): Promise<Reply | undefined> => {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && error.name === name) return undefined;
    throw error;
  }
};
