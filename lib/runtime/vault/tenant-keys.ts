import type { KeyObject } from 'node:crypto';
import type { KMSClient, KMSClientConfig } from '@aws-sdk/client-kms';
import { awsClient, bounded } from '../aws-client.ts';
import { withRetries } from '../retry.ts';
import { deriveKey } from './key-ring.ts';

/** What one key of a tenant is used for: each use has a key of its own, derived from it. */
export type TenantKey = { names: KeyObject; wrapping: KeyObject; fingerprints: KeyObject };

export type TenantKeys = {
  /** The key that was used last, while it may be used without KMS being asked, and its wrapped form. */
  kept(tenant: string): WrappedKey | undefined;
  create(tenant: string): Promise<WrappedKey>;
  unwrap(tenant: string, wrapped: Uint8Array): Promise<WrappedKey>;
};

export type WrappedKey = { key: TenantKey; wrapped: Uint8Array };

export type TenantKeysOptions = {
  /** The stage's key in KMS. Whoever only reads can do without: what is wrapped says by which key. */
  keyId?: string;
  /** How KMS is reached by whoever is no function. */
  kms?: KMSClientConfig;
  now(): number;
};

type Kms = { client: KMSClient; commands: typeof import('@aws-sdk/client-kms') };

/** How long a key may be used without KMS being asked: what a tenant's erasure, or a key that is disabled, waits for. In ms. */
const KEPT_FOR_MS = 300_000;

/** A job waits for it. In ms. */
const KMS_RETRY_MS = 1_500;

type Kept = WrappedKey & { untilMs: number };

/**
 * Keys of tenants, which KMS wraps under the stage's key; it is told which tenant's, and refuses another's. Each
 * environment asks it once per tenant in five minutes, however many subjects there are: their keys are wrapped here.
 */
export const createTenantKeys = ({
  keyId,
  kms: settings = awsClient,
  now,
}: TenantKeysOptions): TenantKeys => {
  let loading: Promise<Kms> | undefined;
  const kms = () => {
    loading ??= load(settings);
    return loading;
  };
  const keys = new Map<string, Kept>();
  const asking = new Map<string, Promise<WrappedKey>>();
  const keep = (tenant: string, found: WrappedKey): WrappedKey => {
    for (const [name, { untilMs }] of keys) if (untilMs <= now()) keys.delete(name);
    keys.set(tenant, { ...found, untilMs: now() + KEPT_FOR_MS });
    return found;
  };
  /** Jobs that begin together ask once. */
  const once = (name: string, ask: () => Promise<WrappedKey>): Promise<WrappedKey> => {
    const asked = asking.get(name) ?? ask().finally(() => asking.delete(name));
    asking.set(name, asked);
    return asked;
  };
  return {
    kept: (tenant) => {
      const found = keys.get(tenant);
      return found !== undefined && now() < found.untilMs ? found : undefined;
    },
    create: (tenant) =>
      once(`new ${tenant}`, async () => keep(tenant, await generate(await kms(), keyId, tenant))),
    unwrap: (tenant, wrapped) =>
      once(`${tenant} ${Buffer.from(wrapped).toString('base64url')}`, async () =>
        keep(tenant, { wrapped, key: await decrypt(await kms(), keyId, tenant, wrapped) }),
      ),
  };
};

const load = async (settings: KMSClientConfig): Promise<Kms> => {
  const commands = await import('@aws-sdk/client-kms');
  return { client: new commands.KMSClient(settings), commands };
};

/** CloudTrail keeps it with every call, so no id of anybody's making is in it. */
const contextOf = (tenant: string) => ({ tenant, purpose: 'subject-keys' });

const generate = async ({ client, commands }: Kms, KeyId: string | undefined, tenant: string) => {
  const command = new commands.GenerateDataKeyCommand({
    KeyId,
    KeySpec: 'AES_256',
    EncryptionContext: contextOf(tenant),
  });
  const { Plaintext, CiphertextBlob } = await withRetries(KMS_RETRY_MS, () =>
    client.send(command, bounded()),
  );
  if (Plaintext === undefined || CiphertextBlob === undefined) throw new Error('KMS gave no key');
  return { wrapped: CiphertextBlob, key: tenantKeyOf(Plaintext) };
};

const decrypt = async (
  { client, commands }: Kms,
  KeyId: string | undefined,
  tenant: string,
  CiphertextBlob: Uint8Array,
) => {
  const command = new commands.DecryptCommand({
    KeyId,
    CiphertextBlob,
    EncryptionContext: contextOf(tenant),
  });
  const { Plaintext } = await withRetries(KMS_RETRY_MS, () => client.send(command, bounded()));
  if (Plaintext === undefined) throw new Error('KMS gave no key');
  return tenantKeyOf(Plaintext);
};

const tenantKeyOf = (key: Uint8Array): TenantKey => ({
  names: deriveKey(key, 'names'),
  wrapping: deriveKey(key, 'wrapping'),
  fingerprints: deriveKey(key, 'fingerprints'),
});
