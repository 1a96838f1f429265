import { findEndpoint } from '../../../lib/pipeline/webhooks/endpoint.ts';

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
const endpoint = { url: 'https://hooks.example.com/relay', secrets: [secretOf(32)] };

it('is found by its tenant, and each by itself', () => {
  const all = { t1: endpoint, t2: 'x8(fR2' };
  expect(findEndpoint(all, 't1')).toEqual({ kind: 'endpoint', endpoint });
  expect(findEndpoint(all, 't2')).toEqual({ kind: 'malformed' });
  expect(findEndpoint(all, 't3')).toEqual({ kind: 'none' });
});

it.each(['constructor', 'toString', '__proto__'])(
  'is none of a tenant called %s that has none',
  (tenantId) => {
    expect(findEndpoint({}, tenantId)).toEqual({ kind: 'none' });
  },
);

it.each([
  ['a secret of 24 bytes', [secretOf(24)], 'endpoint'],
  ['a secret of 64 bytes', [secretOf(64)], 'endpoint'],
  ['two secrets', [secretOf(32), secretOf(48)], 'endpoint'],
  ['a secret of 23 bytes', [secretOf(23)], 'malformed'],
  ['a secret of 65 bytes', [secretOf(65)], 'malformed'],
  ['a secret that is no base64', [`whsec_${'é'.repeat(40)}`], 'malformed'],
  ['a secret without its prefix', [secretOf(32).slice(6)], 'malformed'],
  ['one good secret and a bad one', [secretOf(32), 'whsec_'], 'malformed'],
  ['no secret', [], 'malformed'],
])('with %s is %s', (_what, secrets, kind) => {
  expect(findEndpoint({ t1: { ...endpoint, secrets } }, 't1').kind).toBe(kind);
});

it('with a misspelt field is malformed, and not silently without it', () => {
  expect(findEndpoint({ t1: { ...endpoint, secret: 'whsec_' } }, 't1').kind).toBe('malformed');
});
