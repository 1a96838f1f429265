import { createHmac } from 'node:crypto';
import { type Endpoint, KEY_PREFIX } from '../../pipeline/webhooks/endpoint.ts';

type Signed = { id: string; body: string; nowMs: number };

/** The headers of a webhook by the Standard Webhooks specification: each secret has signed id, time and body. */
export const signedHeaders = ({ id, body, nowMs }: Signed, { secrets }: Pick<Endpoint, 'secrets'>) => {
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(KEY_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
};
