import { awsClient, bounded } from '../aws-client.ts';
import { withRetries } from '../retry.ts';

/** Work in the background can wait. In ms. */
const RETRY_MS = 10_000;

/** Signs texts with a key that never leaves KMS: whoever has its public half can tell that nobody else wrote them. */
export const createKmsSigner =
  (KeyId: string) =>
  async (text: string): Promise<string> => {
    const { KMSClient, SignCommand } = await import('@aws-sdk/client-kms');
    const client = new KMSClient(awsClient);
    const command = new SignCommand({
      KeyId,
      Message: new TextEncoder().encode(text),
      MessageType: 'RAW',
      SigningAlgorithm: 'ECDSA_SHA_256',
    });
    const { Signature } = await withRetries(RETRY_MS, () => client.send(command, bounded()));
    if (Signature === undefined) throw new Error('KMS gave no signature');
    return Buffer.from(Signature).toString('base64');
  };
