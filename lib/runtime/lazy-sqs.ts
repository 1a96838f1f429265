import type { SQSClient } from '@aws-sdk/client-sqs';
import { awsClient } from './aws-client.ts';

/** The SQS client, and the commands that it takes. */
export type Sqs = { client: SQSClient; commands: typeof import('@aws-sdk/client-sqs') };

/** Loads the client on first use: a healthy job needs none, and it would lengthen every cold start. */
export const createLazySqs = (): (() => Promise<Sqs>) => {
  let loading: Promise<Sqs> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
};

const load = async (): Promise<Sqs> => {
  const commands = await import('@aws-sdk/client-sqs');
  return { client: new commands.SQSClient(awsClient), commands };
};
