import { circuitsOf, isOf, offersAt, strikeModels, strikeProviders } from '../../../lib/drill/rig/strike.ts';
import { faultRules } from '../../../lib/local/model-server/faults.ts';
import { defaultCatalogue } from '../../../lib/pipeline/model/default-catalogue.ts';
import { modelNames } from '../../../lib/pipeline/model/model.ts';

const silent = { kind: 'silent' };

describe('a fault for a model', () => {
  it.each(modelNames)('strikes every offer of %s, whatever the day', (name) => {
    const struck = strikeModels([name], silent).map(({ match }) => match.model);
    for (const { modelId } of defaultCatalogue[name].offers) expect(struck).toContain(modelId);
  });

  it('strikes no other model', () => {
    const [rule] = strikeModels(['claude'], silent);
    expect(isOf(['gpt-5', 'gpt-5-mini', 'gpt-5-nano'], rule?.match.model ?? '')).toBe(false);
  });

  it('is a rule that the model server takes, once for each id', () => {
    const rules = [
      ...strikeModels(modelNames, silent, { times: 1 }),
      ...strikeProviders(['openai', 'anthropic'], silent),
    ];
    expect(faultRules.safeParse(rules).error).toBeUndefined();
  });
});

it('every model can be asked at one provider of the default deployment at least', () => {
  for (const name of modelNames) expect(offersAt(name, ['openai', 'anthropic'])).toBeGreaterThan(0);
});

it('a model has no offers at providers that are not deployed', () => {
  expect(offersAt('claude', ['openai', 'azure-openai'])).toBe(0);
});

it('circuits are told apart by provider', () => {
  expect(circuitsOf(['gpt-5'])).toEqual(
    expect.arrayContaining([
      { provider: 'azure-openai', modelId: 'gpt-5' },
      { provider: 'openai', modelId: 'gpt-5' },
    ]),
  );
});
