import * as z from 'zod';
import { liveOffers } from '../../pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { newTraceparent } from '../../runtime/trace.ts';
import { keepSending } from '../rig/keep-sending.ts';
import { openQueues } from '../rig/queues.ts';
import type { Rig } from '../rig/rig.ts';
import { reconcile } from './accounting-drills.ts';
import type { AlarmDrill } from './alarm-drill.ts';

export const ledgerDrills: readonly AlarmDrill[] = [
  {
    name: 'ledger-table',
    condition: 'DynamoDB throttles the ledger, and AWS refuses to run its repair',
    alarms: ['ledger-unwritten', 'ledger-repair'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig, during) => {
      await rig.cloudFaults([
        { id: 'throttled', match: { table: 'ledger' }, fault: { kind: 'throttle' } },
        { id: 'refused', match: { functionName: 'repair-ledger' }, fault: { kind: 'no-concurrency' } },
      ]);
      await keepSending(rig, during, { everyMs: 500, jobs: [{}] });
    },
    end: (rig) => rig.cloudFaults([]),
  },
  {
    name: 'no-entries',
    condition: 'a message that holds no entries comes to the repair queue of the ledger',
    alarms: ['ledger-repair-dead-letters'],
    rig: { alarmTimeScale: 60 },
    begin: async (rig) => {
      using queues = openQueues(rig);
      await queues.send('ledger-repair', '{"entries":');
    },
    end: async (rig) => {
      using queues = openQueues(rig);
      await queues.take('ledger-repair-dlq');
    },
  },
  {
    name: 'ledger-drift',
    condition: 'somebody else calls the models with our key',
    alarms: ['ledger-drift'],
    // An hour passes in 7.5 s.
    rig: { alarmTimeScale: 480 },
    prepare: reconcile,
    begin: async (rig) => {
      await spendAsStranger(rig);
      await reconcile(rig);
    },
    end: reconcile,
  },
];

/** More than the dollar that may drift, in micro-dollars. */
const STRANGER_SPENDS = 1_500_000;

/** A million characters: some 300,000 tokens. */
const longWords = 'x'.repeat(1_000_000);

const spendAsStranger = async ({ endpoints: { models } }: Rig): Promise<void> => {
  const [offer] = liveOffers(defaultCatalogue['gpt-5'], Date.now(), (provider) => provider === 'openai');
  const body = JSON.stringify({ model: offer?.modelId, input: [{ role: 'user', content: longWords }] });
  while ((await billOf(models)) < STRANGER_SPENDS) {
    const traceparent = newTraceparent();
    const headers = { authorization: 'Bearer drill', 'content-type': 'application/json', traceparent };
    const response = await fetch(`${models}/v1/responses`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`the models answered ${response.status}`);
  }
};

const bill = z.object({ totals: z.object({ costMicroUsd: z.number() }) });

const billOf = async (models: string): Promise<number> =>
  bill.parse(await (await fetch(`${models}/control/usage`)).json()).totals.costMicroUsd;
