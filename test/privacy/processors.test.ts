import fc from 'fast-check';
import { stages } from '../../lib/config.ts';
import { modelNames, providerNames } from '../../lib/pipeline/model/model.ts';
import { overdueReviews, processors, REVIEW_DAYS, reviewDueOn } from '../../lib/privacy/map/processors.ts';
import { createAnthropic } from '../../lib/runtime/providers/anthropic-messages.ts';
import { createAzureOpenAi, createOpenAi } from '../../lib/runtime/providers/openai-responses.ts';
import type { Provider } from '../../lib/runtime/providers/provider.ts';
import { answer, aWorld, failure, job } from '../pipeline/dispatch/world.ts';
import { complete, json, request, startWireServer, type WireServer } from '../runtime/providers/wire.ts';

const kinds = ['transient', 'throttled', 'money', 'misconfigured', 'refused', 'invalid'] as const;

/** What each provider replies, whenever it is asked. */
const replies = fc.record({
  openai: fc.constantFrom('answer' as const, ...kinds),
  'azure-openai': fc.constantFrom('answer' as const, ...kinds),
  anthropic: fc.constantFrom('answer' as const, ...kinds),
});

describe('a job', () => {
  it('reaches only processors that it allows, whatever they reply, and none after one has refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        replies,
        fc.subarray([...providerNames], { minLength: 1 }),
        fc.subarray([...providerNames]),
        fc.constantFrom(...modelNames),
        fc.constantFrom('at-once' as const, 'at-deadline' as const),
        async (reply, allowed, configured, model, when) => {
          const world = aWorld(
            ({ provider }) => {
              const said = reply[provider];
              return said === 'answer' ? answer : failure(said);
            },
            { providers: new Set(configured) },
          );
          const running = world.run(job({ message: { model, allowedProcessors: allowed } }), {
            lastRungs: { when, defaultAnswer: 'Thank you!' },
          });
          for (let isOver = false; !isOver; ) {
            const over = running.then(() => true);
            isOver = await Promise.race([over, world.clock.advance(1_000).then(() => false)]);
          }
          const asked = world.asked.map(({ provider }) => provider);
          expect(asked.filter((provider) => !allowed.includes(provider))).toEqual([]);
          expect(asked.filter((provider) => !configured.includes(provider))).toEqual([]);
          const refusedAt = asked.findIndex((provider) => reply[provider] === 'refused');
          if (refusedAt >= 0) expect(asked).toHaveLength(refusedAt + 1);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('every call of a provider', () => {
  let server: WireServer;
  beforeAll(async () => {
    server = await startWireServer();
  });
  afterAll(() => server.stop());

  const adapters: [string, (baseUrl: string) => Provider][] = [
    ['OpenAI', (baseUrl) => createOpenAi({ baseUrl, key: 'key' })],
    ['Azure OpenAI', (baseUrl) => createAzureOpenAi({ baseUrl, key: 'key' })],
    ['Anthropic', (baseUrl) => createAnthropic({ baseUrl, key: 'key' })],
  ];

  /** What a provider would keep, look up or hand on by itself. */
  const forbidden = [
    'tools',
    'background',
    'previous_response_id',
    'conversation',
    'file_ids',
    'metadata',
    'user',
  ];

  it.each(adapters)('of %s asks it to keep no state', async (name, adapterAt) => {
    server.play(json({}));
    await complete(adapterAt(server.url), request);
    expect(server.received).toHaveLength(1);
    const [{ body, path } = { body: undefined, path: '' }] = server.received;
    const sent: Record<string, unknown> = Object.fromEntries(Object.entries(body ?? {}));
    for (const field of forbidden) expect(sent).not.toHaveProperty(field);
    if (name !== 'Anthropic') expect(sent.store).toBe(false);
    expect(path).toMatch(/\/(responses|messages)$/);
  });

  it.each(adapters)('of %s follows no redirect', async (_name, adapterAt) => {
    const elsewhere = await startWireServer();
    elsewhere.play(json({}));
    server.play((response) => response.writeHead(307, { location: `${elsewhere.url}/v1` }).end());
    expect(await complete(adapterAt(server.url))).toMatchObject({ kind: 'failure' });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.stop();
  });
});

describe('the register', () => {
  it('has every provider', () => {
    expect(processors.map(({ name }) => name).sort()).toEqual([...providerNames, 'aws'].sort());
  });

  it('has the hosts that stages call by default, and OpenAI in Europe', () => {
    for (const { providers } of Object.values(stages)) {
      const hosts = Object.values(providers).map((url) => new URL(url).host);
      const known = processors.flatMap((processor) => processor.hosts);
      expect(hosts.filter((host) => !known.includes(host))).toEqual([]);
    }
    expect(stages.production.providers.openai).toBe('https://eu.api.openai.com/v1');
  });

  it('says nothing of a transfer, a retention or a clause that is empty', () => {
    for (const { policies, ...told } of processors) {
      expect(policies.length).toBeGreaterThan(0);
      for (const { en, fr } of Object.values(told).filter(
        (value) => typeof value === 'object' && 'en' in value,
      ))
        expect([en, fr].every((text) => text.length > 1)).toBe(true);
    }
  });

  it('names whose terms were not read for 90 days', () => {
    const [openai, azure] = ['2026-11-22', '2026-11-23'].map((reviewedOn, index) => ({
      name: index,
      reviewedOn,
    }));
    if (openai === undefined || azure === undefined) throw new Error('there are two');
    expect(REVIEW_DAYS).toBe(90);
    expect(reviewDueOn(openai)).toBe('2027-02-20');
    expect(overdueReviews([openai, azure], '2027-02-20')).toEqual([]);
    expect(overdueReviews([openai, azure], '2027-02-21')).toEqual([openai]);
    expect(overdueReviews([openai, azure], '2027-02-22')).toEqual([openai, azure]);
  });
});
