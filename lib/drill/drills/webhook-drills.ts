import type { Drill } from '../drill.ts';
import { webhookRebinding } from './webhook-rebinding.ts';
import { webhookSecrets } from './webhook-secrets.ts';
import { webhookTries } from './webhook-tries.ts';

export const webhookDrills: readonly Drill[] = [
  {
    name: 'webhook-tries',
    fault:
      'receivers of webhooks are slow, down for an hour in the time of tries, busy, redirecting, gone, or private',
    pace: 'waiting',
    run: webhookTries,
  },
  {
    name: 'webhook-rebinding',
    fault: 'the name of a webhook leads to a private address at the second look-up',
    pace: 'waiting',
    run: webhookRebinding,
  },
  {
    name: 'webhook-secrets',
    fault: 'senders of webhooks die while a secret is rotated',
    pace: 'waiting',
    run: webhookSecrets,
  },
];
