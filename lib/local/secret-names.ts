/** Names of the secrets of stage `local`. */
export const PROVIDER_KEYS = 'relay/local/provider-keys';
export const WEBHOOKS = 'relay/local/webhooks';
