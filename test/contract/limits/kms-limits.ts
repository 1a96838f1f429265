import { SignCommand } from '@aws-sdk/client-kms';
import type { Limit, LimitedCloud } from './limit.ts';

const sign = ({ kms, signingKey: KeyId }: LimitedCloud, bytes: number) =>
  kms.send(new SignCommand({ KeyId, Message: new Uint8Array(bytes), SigningAlgorithm: 'ECDSA_SHA_256' }));

export const kmsLimits: Limit[] = [
  {
    service: 'KMS',
    what: 'message to be signed, unless it is a digest',
    figure: '1 to 4,096 bytes',
    error: 'ValidationException',
    within: (cloud) => sign(cloud, 4_096),
    over: (cloud) => sign(cloud, 4_097),
  },
];
