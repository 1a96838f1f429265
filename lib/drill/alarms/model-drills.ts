import { holdCircuit } from '../../local/hold-circuit.ts';
import { defaultProviders } from '../rig/default-deployment.ts';
import { keepSending } from '../rig/keep-sending.ts';
import type { Rig } from '../rig/rig.ts';
import { circuitsOf, strikeModels, strikeProviders } from '../rig/strike.ts';
import type { AlarmDrill } from './alarm-drill.ts';

const serverError = { kind: 'status', status: 500, code: 'server_error' };

/** Four jobs a second: enough of them in five minutes at 60 to make a rate. */
const traffic = { everyMs: 250, jobs: [{}] };

const wantsAnAnswer = { options: { defaultAnswer: false as const } };

const chain = ['gpt-5-nano', 'claude'] as const;

/** As an operator does when the provider is well again: the circuits begin closed. */
const closeCircuits = async (rig: Rig): Promise<void> => {
  await rig.modelFaults([]);
  for (const circuit of circuitsOf(chain)) await holdCircuit(rig.dynamodb, circuit, 'auto');
};

export const modelDrills: readonly AlarmDrill[] = [
  {
    name: 'provider-outage',
    condition: 'a provider answers 500 to every call, and another answers in its place',
    alarms: ['open-circuits', 'rescued-answers', 'provider-down'],
    rig: { providers: defaultProviders, alarmTimeScale: 60 },
    begin: async (rig, during) => {
      await rig.modelFaults(strikeModels(['gpt-5-nano'], serverError));
      await keepSending(rig, during, traffic);
    },
    end: closeCircuits,
    after: (rig, during) => keepSending(rig, during, traffic),
  },
  {
    name: 'rejected-keys',
    condition: 'every provider rejects our keys',
    alarms: ['provider-needs-person', 'default-answers', 'failed-jobs'],
    rig: { providers: defaultProviders, alarmTimeScale: 60 },
    begin: async (rig, during) => {
      await rig.modelFaults(strikeProviders(defaultProviders, { kind: 'credentials' }));
      await keepSending(rig, during, { everyMs: 500, jobs: [{}, wantsAnAnswer] });
    },
    end: closeCircuits,
    after: (rig, during) => keepSending(rig, during, traffic),
  },
  {
    name: 'strange-tier',
    condition: 'a provider serves a tier that the catalogue has no price for',
    alarms: ['unknown-prices'],
    rig: { providers: ['anthropic'], alarmTimeScale: 60 },
    begin: async (rig, during) => {
      const fault = { kind: 'servedTier', tier: 'priority' };
      await rig.modelFaults([{ id: 'dearer', match: { model: 'claude-haiku-5-5', times: 1 }, fault }]);
      await keepSending(rig, during, { everyMs: 500, jobs: [{ model: 'claude' }] });
    },
    end: (rig) => rig.modelFaults([]),
  },
  {
    name: 'broken-replies',
    condition: 'connections break in the middle of answers that are billed',
    alarms: ['unpriced-calls'],
    rig: { providers: defaultProviders, alarmTimeScale: 20 },
    begin: async (rig, during) => {
      for (const circuit of circuitsOf(chain)) await holdCircuit(rig.dynamodb, circuit, 'closed');
      await rig.modelFaults([{ id: 'cut', match: {}, fault: { kind: 'cut' } }]);
      await keepSending(rig, during, { everyMs: 200, jobs: [{}] });
    },
    end: closeCircuits,
  },
];
