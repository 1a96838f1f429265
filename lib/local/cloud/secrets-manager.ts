import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { SecretSpec } from './assembly/deployment.ts';
import type { Callers, DenialOf, OnRequest } from './aws-request.ts';
import { refusal, startJsonService } from './json-service.ts';
import type { LoopbackServer } from './loopback-server.ts';

export type SecretsManagerOptions = { callers: Callers; onRequest: OnRequest; denialOf?: DenialOf };

/** Secrets Manager, as far as functions and those who rotate secrets need it: reading and replacing their values. */
export type SecretsManager = LoopbackServer & {
  /** The latest of a name is the one that is read. */
  createSecret(spec: SecretSpec, value: string): void;
};

const named = z.object({ SecretId: z.string() });
const putSecretValue = named.extend({ SecretString: z.string() });

const MAX_SECRET_BYTES = 65_536;

export const startSecretsManager = async ({
  callers,
  onRequest,
  denialOf,
}: SecretsManagerOptions): Promise<SecretsManager> => {
  const secrets: Secret[] = [];
  const createSecret = (spec: SecretSpec, value: string) =>
    void secrets.unshift({ ...spec, value, versionId: randomUUID() });
  const find = (input: object): Secret => {
    const id = named.safeParse(input).data?.SecretId;
    const secret = secrets.find(({ name, arn }) => id === name || id === arn || id === withoutSuffix(arn));
    if (secret === undefined)
      throw refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return secret;
  };
  const get = (input: object) => {
    const secret = find(input);
    return { ...describe(secret), SecretString: secret.value };
  };
  const put = (input: object) => {
    const { data } = putSecretValue.safeParse(input);
    if (data === undefined) throw refusal('InvalidRequestException', 'SecretString: is no text');
    if (Buffer.byteLength(data.SecretString) > MAX_SECRET_BYTES)
      throw refusal(
        'ValidationException',
        `1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to ${MAX_SECRET_BYTES}`,
      );
    createSecret(find(input), data.SecretString);
    return describe(find(input));
  };
  const service = await startJsonService({
    port: 0,
    service: 'secretsmanager',
    contentType: 'application/x-amz-json-1.1',
    callers,
    onRequest,
    ...(denialOf !== undefined && { denialOf }),
    handle: async (action, input) => {
      if (action === 'GetSecretValue') return get(input);
      if (action === 'PutSecretValue') return put(input);
      throw refusal('UnknownOperationException', `${action} is not emulated`);
    },
  });
  return { ...service, createSecret };
};

type Secret = SecretSpec & { value: string; versionId: string };

const describe = ({ arn, name, versionId }: Secret) => ({
  ARN: arn,
  Name: name,
  VersionId: versionId,
  VersionStages: ['AWSCURRENT'],
});

/** A secret also answers to its ARN without the six characters that Secrets Manager appends. */
const withoutSuffix = (arn: string): string => arn.replace(/-[^-]{6}$/, '');
