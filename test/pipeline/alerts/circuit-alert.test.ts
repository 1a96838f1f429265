import { alertSchema } from '../../../lib/pipeline/alerts/alert.ts';
import { circuitAlert } from '../../../lib/pipeline/alerts/circuit-alert.ts';
import { circuitReasons } from '../../../lib/pipeline/fleet/circuit.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';

const offers = Object.values(defaultCatalogue).flatMap((model) => model.offers);

it.each(offers.map(({ provider, modelId }) => ({ provider, modelId })))(
  'a circuit of $provider/$modelId can be named in an alert',
  (id) => {
    const alert = circuitAlert({ ...id, kind: 'opened', reason: 'money' }, 1_000);
    expect(alertSchema.safeParse(alert).success).toBe(true);
  },
);

it.each(circuitReasons)('a circuit opened for %s calls a person only when one is needed', (reason) => {
  const turn = { provider: 'openai', modelId: 'gpt-5', reason } as const;
  const needed = reason === 'money' || reason === 'credentials';
  expect(circuitAlert({ ...turn, kind: 'opened' }, 0)?.state).toBe(needed ? 'firing' : undefined);
  expect(circuitAlert({ ...turn, kind: 'closed' }, 0)?.state).toBe('resolved');
});
