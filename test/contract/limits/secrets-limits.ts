import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { Limit, LimitedCloud } from './limit.ts';

const put = ({ secrets }: LimitedCloud, bytes: number) =>
  secrets.send(
    new PutSecretValueCommand({ SecretId: 'fixture-secret', SecretString: 'é'.repeat(bytes / 2) }),
  );

export const secretsLimits: Limit[] = [
  {
    service: 'Secrets Manager',
    what: 'value of a secret',
    figure: '65,536 bytes',
    error: 'ValidationException',
    within: (cloud) => put(cloud, 65_536),
    over: (cloud) => put(cloud, 65_538),
  },
];
