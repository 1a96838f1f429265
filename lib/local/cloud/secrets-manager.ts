import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { SecretSpec } from './assembly/deployment.ts';
import type { Callers, OnRequest } from './aws-request.ts';
import { refusal, startJsonService } from './json-service.ts';
import type { LoopbackServer } from './loopback-server.ts';

export type SecretsManagerOptions = { callers: Callers; onRequest: OnRequest };

/** Secrets Manager, as far as a function needs it: reading the values of secrets. */
export type SecretsManager = LoopbackServer & {
  /** The latest of a name is the one that is read. */
  createSecret(spec: SecretSpec, value: string): void;
};

const getSecretValue = z.object({ SecretId: z.string() });

export const startSecretsManager = async ({
  callers,
  onRequest,
}: SecretsManagerOptions): Promise<SecretsManager> => {
  const secrets: (SecretSpec & { value: string; versionId: string })[] = [];
  const service = await startJsonService({
    port: 0,
    service: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',
    callers,
    onRequest,
    handle: async (action, input) => {
      if (action !== 'GetSecretValue')
        throw refusal('UnknownOperationException', `${action} is not emulated`);
      const id = getSecretValue.safeParse(input).data?.SecretId;
      const secret = secrets.find(({ name, arn }) => id === name || id === arn || id === withoutSuffix(arn));
      if (secret === undefined) {
        throw refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        SecretString: secret.value,
        VersionId: secret.versionId,
        VersionStages: ['AWSCURRENT'],
      };
    },
  });
  return {
    ...service,
    createSecret: (spec, value) => void secrets.unshift({ ...spec, value, versionId: randomUUID() }),
  };
};

/** A secret also answers to its ARN without the six characters that Secrets Manager appends. */
const withoutSuffix = (arn: string): string => arn.replace(/-[^-]{6}$/, '');
