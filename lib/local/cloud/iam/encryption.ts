import type { Deployment } from '../assembly/deployment.ts';
import { ACCOUNT_ID, arnIn } from '../assembly/template-value.ts';
import type { Need } from './access.ts';

/** What a use of an encrypted resource needs of its key. Keys of AWS let everybody who may use the resource. */
export type Encryption = (resource: string, actions: readonly string[]) => Need[];

/** Who puts something in needs both: a data key is made once and read again for minutes. */
export const WRITING = ['kms:GenerateDataKey', 'kms:Decrypt'];
export const READING = ['kms:Decrypt'];

export const encryptionOf = (
  { queues, topics, secrets }: Pick<Deployment, 'queues' | 'topics' | 'secrets'>,
  region: string,
): Encryption => {
  const keyed = [
    ...queues.map(({ arn, attributes }) => ({ arn, service: 'sqs', keyId: attributes.KmsMasterKeyId })),
    ...topics.map(({ arn, keyId }) => ({ arn, service: 'sns', keyId })),
    ...secrets.map(({ arn, keyId }) => ({ arn, service: 'secretsmanager', keyId })),
  ];
  const byArn = new Map(keyed.map((resource) => [resource.arn, resource]));
  return (arn, actions) => {
    const { service, keyId = 'alias/aws/' } = byArn.get(arn) ?? {};
    if (keyId.includes('alias/aws/')) return [];
    const context = {
      'kms:ViaService': `${service}.${region}.amazonaws.com`,
      'kms:CallerAccount': ACCOUNT_ID,
    };
    const resource = keyId.startsWith('arn:') ? keyId : arnIn(region, 'kms', keyId);
    return actions.map((action) => ({ action, resource, context }));
  };
};
