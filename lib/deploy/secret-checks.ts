import * as z from 'zod';
import { accountsOf, type StageConfig, usedProviders } from '../config.ts';
import { jsonText } from '../pipeline/json-text.ts';
import { endpointsByTenant, findEndpoint } from '../pipeline/webhooks/endpoint.ts';
import { held, refused, type Verdict, warned } from './finding.ts';

/** A secret of a stage, and what its text is good for: `undefined` before the first deploy. No key is ever told. */
export type SecretCheck = { name: string; check: string; verdict(text: string | undefined): Verdict };

/** The secrets that a stage works with. */
export const secretChecks = (config: StageConfig): SecretCheck[] => {
  const nameOf = (what: string) => `relay/${config.stage}/${what}`;
  const providerKeys = nameOf('provider-keys');
  const adminKeys = nameOf('admin-keys');
  const webhooks = nameOf('webhooks');
  const reconciled = accountsOf(config).flatMap(({ kind, providers }) => (kind === 'calls' ? [] : providers));
  return [
    {
      check: 'provider keys',
      name: providerKeys,
      verdict: (text) => keysVerdict(providerKeys, [...usedProviders(config)], text, refused),
    },
    {
      check: 'admin keys',
      name: adminKeys,
      // Without one, its provider's account is not reconciled, and all else goes on.
      verdict: (text) => keysVerdict(adminKeys, reconciled, text, warned),
    },
    { check: 'webhooks', name: webhooks, verdict: (text) => webhooksVerdict(webhooks, text) },
  ];
};

const keysByName = z.pipe(jsonText, z.record(z.string(), z.string()));

/** `lacking`: how bad it is when the secret is there and a key is not. */
const keysVerdict = (
  secretId: string,
  needed: readonly string[],
  text: string | undefined,
  lacking: typeof refused,
): Verdict => {
  const example = JSON.stringify(Object.fromEntries(needed.map((name) => [name, '...'])));
  const fix = `aws secretsmanager put-secret-value --secret-id ${secretId} --secret-string '${example}'`;
  if (text === undefined) return warned('not there before the first deploy; put them in after it', fix);
  const keys = keysByName.safeParse(text);
  if (!keys.success) return refused('no JSON object of keys by provider', fix);
  const missing = needed.filter((name) => !keys.data[name]);
  return missing.length === 0
    ? held(needed.join(', ') || 'none needed')
    : lacking(`no key for ${missing.join(', ')}`, fix);
};

const webhooksVerdict = (secretId: string, text: string | undefined): Verdict => {
  if (text === undefined) return held('no endpoints before the first deploy');
  const form = '{"TENANT": {"url": "https://...", "secrets": ["whsec_..."]}}';
  const fix = `aws secretsmanager put-secret-value --secret-id ${secretId} --secret-string '${form}'`;
  const { data: all } = z.pipe(jsonText, endpointsByTenant).safeParse(text);
  if (all === undefined) return refused('no JSON object of endpoints by tenant', fix);
  const tenants = Object.keys(all);
  const broken = tenants.filter((tenant) => findEndpoint(all, tenant).kind !== 'endpoint').length;
  return broken === 0
    ? held(`endpoints of ${tenants.length} tenants`)
    : warned(`${broken} of ${tenants.length} endpoints cannot be used`, fix);
};
