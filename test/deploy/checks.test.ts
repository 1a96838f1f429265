import { bootstrapVerdict, concurrencyVerdict, regionVerdict } from '../../lib/deploy/account-checks.ts';
import type { Verdict } from '../../lib/deploy/finding.ts';
import { secretChecks } from '../../lib/deploy/secret-checks.ts';
import { stageFindings } from '../../lib/deploy/stage-checks.ts';
import { defaultCatalogue } from '../../lib/pipeline/model/default-catalogue.ts';
import { configOf } from '../stacks/synthesize.ts';

const DAY = Date.parse('2026-11-26T12:00:00Z');

const oneLine = expect.stringMatching(/^[^\n]+$/);

describe('what is checked of a stage by itself', () => {
  const kindsOf = (stage: string, context: Record<string, string> = {}) =>
    Object.fromEntries(
      stageFindings(configOf(stage, context), DAY, defaultCatalogue, ['dpo-contact']).map((finding) => [
        finding.check,
        finding.kind,
      ]),
    );

  it('lets staging do without a budget and an address, and production not', () => {
    expect(kindsOf('staging')).toEqual({
      models: 'held',
      budget: 'warned',
      'alarm e-mail': 'warned',
      "processors' terms": 'held',
      'privacy notice': 'warned',
      consent: 'warned',
      disclosure: 'warned',
    });
    expect(kindsOf('production')).toEqual({
      models: 'held',
      budget: 'refused',
      'alarm e-mail': 'refused',
      "processors' terms": 'held',
      'privacy notice': 'refused',
      consent: 'warned',
      disclosure: 'warned',
    });
  });

  it('names fixes that are fixes', () => {
    const fixes = stageFindings(configOf('production'), DAY, defaultCatalogue, []).flatMap((finding) =>
      finding.kind === 'refused' ? [finding.fix] : [],
    );
    const context = Object.fromEntries(
      fixes.map((fix) => /-c (\w+)='?([^']+)'?$/.exec(fix) ?? []).map(([, name, value]) => [name, value]),
    );
    expect(kindsOf('production', context)).toEqual({
      models: 'held',
      budget: 'held',
      'alarm e-mail': 'held',
      "processors' terms": 'held',
      'privacy notice': 'refused',
      consent: 'warned',
      disclosure: 'warned',
    });
  });

  it('lets nobody be written about before the notice says who answers for it', () => {
    const noticeOf = (lacking: readonly string[]) =>
      stageFindings(configOf('production'), DAY, defaultCatalogue, lacking).find(
        ({ check }) => check === 'privacy notice',
      );
    expect(noticeOf(['company-name', 'dpo-contact'])).toEqual({
      check: 'privacy notice',
      kind: 'refused',
      found: 'does not say: company-name, dpo-contact',
      fix: expect.stringContaining('docs/privacy/controller.json'),
    });
    expect(noticeOf([])).toMatchObject({ kind: 'held' });
  });

  it('says that nobody names a consent, until the stage demands it', () => {
    const consentOf = (context: Record<string, string>) => kindsOf('production', context).consent;
    expect([consentOf({}), consentOf({ requireConsent: 'true' })]).toEqual(['warned', 'held']);
  });

  it('says that nobody tells of machines, until the stage demands it', () => {
    const disclosureOf = (context: Record<string, string>) => kindsOf('production', context).disclosure;
    expect([disclosureOf({}), disclosureOf({ requireDisclosure: 'true' })]).toEqual(['warned', 'held']);
  });

  it('looks two weeks ahead, from the day that it is given', () => {
    const { claude, ...others } = defaultCatalogue;
    const dying = {
      ...claude,
      offers: claude.offers.map((offer) => ({ ...offer, liveUntil: '2027-03-15' })),
    };
    const modelsOn = (day: string) =>
      stageFindings(configOf('staging'), Date.parse(day), { ...others, claude: dying })[0];
    expect(modelsOn('2027-02-27T00:00:00Z')).toMatchObject({
      kind: 'held',
      found: 'the first is lost in 16 days',
    });
    expect(modelsOn('2027-03-02T00:00:00Z')).toEqual({
      check: 'models',
      kind: 'refused',
      found: expect.stringContaining('Model claude: the last of the stage'),
      fix: expect.stringContaining('give it a successor'),
    });
  });

  it('tells of offers that somebody else takes over from', () => {
    const [models] = stageFindings(configOf('staging'), Date.parse('2026-12-01T00:00:00Z'));
    expect(models).toMatchObject({
      kind: 'held',
      found: expect.stringContaining('openai/gpt-5-nano ends on 2026-12-11'),
    });
  });
});

describe('what is checked of the account', () => {
  it.each([
    ['production', 'eu-west-3', 'held'],
    ['production', 'us-east-1', 'refused'],
    ['production', 'eu-west-2', 'refused'],
    ['staging', 'us-east-1', 'warned'],
    ['dev', 'eu-west3', 'refused'],
  ])('stage %s in %s is %s: its data are to stay in the Union', (stage, region, kind) => {
    expect(regionVerdict(stage, region)).toMatchObject({ kind });
  });

  it('the bootstrap is there and new enough', () => {
    expect(bootstrapVerdict('dev', 6, 21).kind).toBe('held');
    for (const version of [undefined, 5])
      expect(bootstrapVerdict('dev', 6, version)).toMatchObject({
        kind: 'refused',
        fix: 'npx cdk bootstrap -c stage=dev',
      });
  });

  it.each<[string, number, number, number, Verdict['kind'], string]>([
    ['a new account', 10, 10, 0, 'refused', '--desired-value 126'],
    ['one with exactly enough', 126, 126, 0, 'held', ''],
    ['one less', 125, 125, 0, 'refused', '--desired-value 126'],
    ['an account whose others have set theirs aside', 1_000, 120, 0, 'refused', '--desired-value 1006'],
    ['a second deploy, which has set its own aside', 126, 100, 26, 'held', ''],
  ])('concurrency of %s', (_, limit, unreserved, ours, kind, fix) => {
    const verdict = concurrencyVerdict(configOf('staging'), { limit, unreserved, ours });
    expect(verdict.kind).toBe(kind);
    if ('fix' in verdict) expect(verdict.fix).toContain(fix);
  });

  it('dev sets nothing aside, and is told that its lanes will wait', () => {
    expect(concurrencyVerdict(configOf('dev'), { limit: 10, unreserved: 10, ours: 0 }).kind).toBe('warned');
  });
});

describe('what is checked of secrets', () => {
  const verdictOn = (check: string, text: string | undefined) =>
    secretChecks(configOf('staging'))
      .find((each) => each.check === check)
      ?.verdict(text);

  it('are the keys of the providers that the stage uses', () => {
    expect(verdictOn('provider keys', '{"openai": "sk-1", "anthropic": "sk-2"}')?.kind).toBe('held');
    expect(verdictOn('provider keys', '{"openai": "sk-1", "anthropic": ""}')).toMatchObject({
      kind: 'refused',
      found: 'no key for anthropic',
      fix: `aws secretsmanager put-secret-value --secret-id relay/staging/provider-keys --secret-string '{"openai":"...","anthropic":"..."}'`,
    });
    expect(verdictOn('provider keys', 'sk-1')?.kind).toBe('refused');
    expect(verdictOn('provider keys', undefined)?.kind).toBe('warned');
  });

  it('are admin keys, without which no deploy is refused', () => {
    expect(verdictOn('admin keys', '{"openai": "", "anthropic": "x"}')).toMatchObject({
      kind: 'warned',
      fix: oneLine,
    });
    expect(verdictOn('admin keys', '{"openai": "x", "anthropic": "x"}')?.kind).toBe('held');
  });

  it('are endpoints of webhooks', () => {
    const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;
    const endpoint = { url: 'https://example.com', secrets: [secret] };
    expect(verdictOn('webhooks', JSON.stringify({ t1: endpoint }))?.kind).toBe('held');
    expect(verdictOn('webhooks', JSON.stringify({ t1: endpoint, t2: {} }))).toMatchObject({
      kind: 'warned',
      found: '1 of 2 endpoints cannot be used',
    });
    expect(verdictOn('webhooks', '[]')?.kind).toBe('refused');
  });

  it('are never told', () => {
    const told = ['provider keys', 'admin keys'].map((check) => verdictOn(check, '{"openai": "sk-secret"}'));
    expect(JSON.stringify(told)).not.toContain('sk-secret');
  });
});

it('says whose terms nobody has read for 90 days, of the providers that the stage uses', () => {
  const termsOn = (day: string) =>
    stageFindings(configOf('staging'), Date.parse(`${day}T00:00:00Z`)).find(
      ({ check }) => check === "processors' terms",
    );
  expect(termsOn('2027-02-20')).toMatchObject({ kind: 'held' });
  expect(termsOn('2027-02-21')).toMatchObject({
    kind: 'warned',
    found: expect.stringMatching(/^not read for 90 days: OpenAI .*Anthropic .*Amazon/),
    fix: expect.stringContaining('lib/privacy/map/processors.ts'),
  });
});
