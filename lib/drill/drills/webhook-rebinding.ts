import { type DrillContext, equal, type Finding } from '../drill.ts';
import { watchForLine } from '../rig/line-watch.ts';
import { openQueues } from '../rig/queues.ts';
import { runJob } from '../rig/run-jobs.ts';
import { openReceiver } from '../rig/webhook-receiver.ts';

const TENANT = 'tenant-drill';
const HOST = 'hooks.example.com';

/** What is never to be called: this machine is no example of it, since here it may be. */
const PRIVATE = '10.0.0.7';

const WAITS_SECONDS = [1, 1];

/** All waits, and what a busy machine adds. In ms. */
const GIVEN_UP_WITHIN_MS = 30_000;

/** A name that was checked once leads elsewhere at the next look-up; each try looks again, and calls what it has seen. */
export const webhookRebinding = async (context: DrillContext): Promise<readonly Finding[]> => {
  await using receiver = await openReceiver();
  const { port } = new URL(receiver.endpoint.url);
  const endpoint = { ...receiver.endpoint, url: `http://${HOST}:${port}/hooks` };
  const rig = await context.startRig({
    webhooks: { [TENANT]: endpoint },
    context: { webhookWaitsSeconds: JSON.stringify(WAITS_SECONDS) },
  });
  using queues = openQueues(rig);
  const lookUps = [['127.0.0.1'], ['127.0.0.1', PRIVATE], [PRIVATE]];
  const match = { functionName: 'send-webhooks' };
  await rig.cloudFaults([{ id: 'rebinding', match, fault: { kind: 'name', host: HOST, lookUps } }]);
  await runJob(rig);
  await receiver.asked(1, context.signal);
  const setAside = watchForLine(rig, /"message":"webhook set aside"/);
  const second = await runJob(rig);
  const wasSetAside = await setAside.seenWithin(GIVEN_UP_WITHIN_MS);
  const letters = await queues.take('webhooks-dlq');
  return [
    equal('the first event reaches the address of the first look-up', receiver.receipts().length, 1),
    equal('by the name of its URL', receiver.receipts()[0]?.headers.host, `${HOST}:${port}`),
    equal('the second is set aside after its tries', wasSetAside, true),
    equal(
      'with the reason',
      letters.map(({ body, reason }) => [JSON.parse(body).endedAt, reason]),
      [[new Date(second.endedAtMs ?? 0).toISOString(), 'url-not-allowed']],
    ),
  ];
};
