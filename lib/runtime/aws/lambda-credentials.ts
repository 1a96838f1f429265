import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for `@aws-sdk/credential-provider-node` in the bundles (lib/bundle-functions.ts): Lambda hands a
 * function its credentials in the environment, so the chain of SSO, INI files and metadata services is dead weight.
 */
export const defaultProvider = () => fromEnv();
