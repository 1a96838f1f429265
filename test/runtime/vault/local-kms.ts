import { createCallers, type OnRequest } from '../../../lib/local/cloud/aws-request.ts';
import { startKms } from '../../../lib/local/cloud/kms/kms.ts';

/** The ARN of the key that wraps keys. */
export const KEY = 'arn:aws:kms:eu-west-3:000000000000:key/content';

/** KMS on this machine, where the clients of this process find it, until it is stopped. */
export const startLocalKms = async (onRequest: OnRequest = () => undefined) => {
  const kms = await startKms({ dir: undefined, callers: createCallers(), onRequest });
  await kms.createKey({ id: 'content', arn: KEY, signs: false });
  const before = process.env;
  process.env = {
    ...before,
    AWS_REGION: 'eu-west-3',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_KMS: kms.endpoint,
  };
  return {
    stop: async () => {
      process.env = before;
      await kms.stop();
    },
  };
};
