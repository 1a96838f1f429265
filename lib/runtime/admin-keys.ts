import * as z from 'zod/mini';
import { jsonText } from '../pipeline/json-text.ts';
import { readSecretText } from './read-secret.ts';

/** The providers whose accounts an admin key reads; a secret may hold more, and the one that the stack generates does. */
export const adminKeysSecret = z.object({
  openai: z._default(z.string(), ''),
  anthropic: z._default(z.string(), ''),
});

export type AdminKeys = z.infer<typeof adminKeysSecret>;

/** Keys that read providers' accounts of an organization, from a secret of their own; '' where there is none. */
export const readAdminKeys = async (secretId: string): Promise<AdminKeys> =>
  z.pipe(jsonText, adminKeysSecret).parse(await readSecretText(secretId));
