import { setTimeout as sleep } from 'node:timers/promises';
import { keepSending } from '../rig/keep-sending.ts';
import { putWebhooks } from '../rig/put-webhooks.ts';
import { openQueues } from '../rig/queues.ts';
import type { Rig } from '../rig/rig.ts';
import { answering, openReceiver } from '../rig/webhook-receiver.ts';
import type { AlarmDrill } from './alarm-drill.ts';

const LOOK_EVERY_MS = 250;

/** What is still on its way is set aside too. */
const takeLast = async (rig: Rig): Promise<void> => {
  using queues = openQueues(rig);
  while ((await rig.waitingIn('relay-local-webhooks')) > 0) await sleep(LOOK_EVERY_MS);
  await queues.take('webhooks-dlq');
};

export const webhookDrills: readonly AlarmDrill[] = [
  {
    name: 'webhooks',
    condition: "one tenant's endpoint answers that it is gone, another's is at a private address",
    alarms: ['webhooks-disabled', 'webhooks-dead-letters'],
    rig: { alarmTimeScale: 60, context: { webhookWaitsSeconds: '[1]' } },
    begin: async (rig, during) => {
      await using gone = await openReceiver(answering(410));
      const nowhere = { ...gone.endpoint, url: 'https://10.0.0.7/' };
      await putWebhooks(rig, { gone: gone.endpoint, nowhere });
      const jobs = [{ tenantId: 'gone' }, { tenantId: 'nowhere' }];
      await keepSending(rig, during, { everyMs: 500, jobs });
    },
    end: takeLast,
  },
];
