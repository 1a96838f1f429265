import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signedHeaders } from '../../../lib/runtime/webhooks/sign-webhook.ts';

const secret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);

const isVerified = (by: string, body: string, headers: Record<string, string>): boolean => {
  try {
    new Webhook(by).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

it('is verified by the public library with each of the secrets, and with no other; not if a byte differs', () => {
  const anySecrets = fc.uniqueArray(secret, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(anySecrets, fc.json(), ([stranger = '', ...secrets], body) => {
      const headers = signedHeaders({ id: 'event-1', body, nowMs: Date.now() }, { secrets });
      for (const own of secrets) {
        expect(isVerified(own, body, headers)).toBe(true);
        expect(isVerified(own, `${body} `, headers)).toBe(false);
        expect(isVerified(own, body, { ...headers, 'webhook-id': 'event-2' })).toBe(false);
      }
      expect(isVerified(stranger, body, headers)).toBe(false);
    }),
  );
});

it('is that of the example of the specification', () => {
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
  const body = '{"test": 2432232314}';
  expect(
    signedHeaders({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body, nowMs: 1_614_265_330_999 }, { secrets }),
  ).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
