import {
  codeProblems,
  deployedSources,
  shapesOfCode,
  stageProblems,
} from '../../lib/privacy/check/check-map.ts';
import { type Resource, resourcesOf } from '../../lib/privacy/check/resource.ts';
import type { Shapes } from '../../lib/privacy/check/stored-shapes.ts';
import { documentProblems } from '../../lib/privacy/documents/publish.ts';
import { configOf, synthesize } from '../stacks/synthesize.ts';

const production = configOf('production');

/** What `npm run check` says of a stage that is configured so, and changed so after its synthesis. */
const problemsOf = (
  config = production,
  change: (resources: Resource[]) => readonly Resource[] = (resources) => resources,
): string[] => {
  const templates = Object.values(synthesize(config));
  return stageProblems(config.stage, change(templates.flatMap((it) => resourcesOf(it.toJSON()))));
};

const resources = Object.values(synthesize(production)).flatMap((it) => resourcesOf(it.toJSON()));

/** The same when one resource is another one. */
const changing = (name: string, change: (properties: Record<string, unknown>) => Record<string, unknown>) =>
  stageProblems(
    'production',
    resources.map((it) => (it.name === name ? { ...it, properties: change({ ...it.properties }) } : it)),
  );

const adding = (type: string, name: string, properties: Record<string, unknown> = {}) =>
  stageProblems('production', [...resources, { logicalId: 'Added', type, name, properties }]);

let shapes: Shapes;
const sources = deployedSources();

beforeAll(async () => {
  shapes = await shapesOfCode();
});

describe('the data map', () => {
  it.each(['dev', 'staging', 'production', 'local'])('is what stage %s deploys', (stage) => {
    expect(problemsOf(configOf(stage))).toEqual([]);
  });

  it('is what the code stores and whom it calls', () => {
    expect(codeProblems(shapes, sources)).toEqual([]);
  });

  it('is what the documents say (npm run privacy)', () => {
    expect(documentProblems()).toEqual([]);
  });
});

const DOCUMENT = /docs\/privacy|lib\/privacy/;

/** Exactly one thing is wrong, and the sentence says what, and what to change. */
const expectOne = (problems: readonly string[], ...words: RegExp[]) => {
  expect(problems).toHaveLength(1);
  for (const word of [...words, DOCUMENT]) expect(problems[0]).toMatch(word);
};

describe('a stage that the map does not know is refused:', () => {
  it.each([
    ['AWS::DynamoDB::GlobalTable', 'table'],
    ['AWS::SQS::Queue', 'queue'],
    ['AWS::Logs::LogGroup', 'log-group'],
    ['AWS::S3::Bucket', 'bucket'],
    ['AWS::SNS::Topic', 'topic'],
    ['AWS::SecretsManager::Secret', 'secret'],
    ['AWS::KMS::Key', 'key'],
    ['AWS::Cognito::UserPool', 'user-pool'],
  ])('one with another %s', (type, kind) => {
    expectOne(adding(type, 'relay-production-more'), /relay-production-more/, new RegExp(`a ${kind} that`));
  });

  it('one with a type that nobody has looked at', () => {
    expectOne(adding('AWS::Kinesis::Stream', 'relay-production-more'), /AWS::Kinesis::Stream/);
  });

  it('one in which a store of the map is missing', () => {
    const without = resources.filter(({ name }) => name !== 'relay-production-privacy');
    expectOne(stageProblems('production', without), /relay-production-privacy/, /is not deployed/);
  });

  it('one whose table keeps its items for ever', () => {
    const problems = changing('relay-production-jobs', ({ TimeToLiveSpecification: _gone, ...rest }) => rest);
    expectOne(problems, /relay-production-jobs/, /do not end by the attribute expiresAt/);
  });

  it('one whose table is not encrypted by KMS', () => {
    const problems = changing('relay-production-jobs', ({ SSESpecification: _gone, ...rest }) => rest);
    expectOne(problems, /relay-production-jobs/, /encrypted by "aws-owned"/);
  });

  it('one with a key on an attribute that is no field', () => {
    const problems = changing('relay-production-ledger', (properties) => ({
      ...properties,
      AttributeDefinitions: [{ AttributeName: 'fanEmail', AttributeType: 'S' }],
    }));
    expectOne(problems, /fanEmail/);
  });

  it.each([
    ['relay-production-critical', 'MessageRetentionPeriod', 1_209_600],
    ['/aws/lambda/relay-production-http-api', 'RetentionInDays', 90],
  ])('one in which %s has another %s', (name, property, value) => {
    expectOne(
      changing(name, (properties) => ({ ...properties, [property]: value })),
      new RegExp(name),
      /kept for \d+ s/,
    );
  });

  it('one whose log group never ends', () => {
    const problems = changing(
      '/aws/apigateway/relay-production',
      ({ RetentionInDays: _gone, ...rest }) => rest,
    );
    expectOne(problems, /kept for Infinity s/);
  });

  it('one in which a queue is not encrypted, or the key of a topic is gone', () => {
    const bare = changing('relay-production-critical', ({ SqsManagedSseEnabled: _gone, ...rest }) => rest);
    expectOne(bare, /encrypted by "none"/);
    const open = changing('relay-production-notices', ({ KmsMasterKeyId: _gone, ...rest }) => rest);
    expectOne(open, /relay-production-notices/, /encrypted by "none"/);
    const keyless = resources.filter(({ name }) => name !== 'AlarmsKey');
    expectOne(stageProblems('production', keyless), /AlarmsKey/, /is not deployed/);
  });

  it('one with a function whose log Lambda would keep for ever', () => {
    const found = resources.find(({ type }) => type === 'AWS::Lambda::Function');
    const problems = changing(found?.name ?? '', ({ LoggingConfig: _gone, ...rest }) => rest);
    expectOne(problems, /never ends/);
  });

  it.each([
    ['jobRetentionDays', 30, /JOB_RETENTION_SECONDS is 2592000 s/],
    ['ledgerRetentionDays', 800, /LEDGER_RETENTION_SECONDS is/],
    ['privacyRetentionDays', 30, /PRIVACY_RETENTION_SECONDS is/],
    ['recoveryDays', 35, /older versions for 35 days/],
    ['logRetentionDays', 14, /kept for 1209600 s/],
  ] as const)('one configured with another %s', (name, days, sentence) => {
    const problems = problemsOf({ ...production, [name]: days });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(sentence);
    for (const problem of problems) expect(problem).toMatch(DOCUMENT);
  });

  it('one that may call another host', () => {
    const providers = { ...production.providers, anthropic: 'https://models.example.com' };
    const problems = problemsOf({ ...production, providers });
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/models\.example\.com.*processors/);
  });

  it('one that calls OpenAI where data leave Europe', () => {
    const providers = { ...production.providers, openai: 'https://api.openai.com/v1' };
    expect(problemsOf({ ...production, providers })[0]).toMatch(/api\.openai\.com is no host/);
  });
});

describe('code that the map does not know is refused:', () => {
  const withShape = (
    key: string,
    change: (paths: readonly string[]) => readonly string[],
    kept?: number[],
  ) => {
    const shape = shapes.get(key);
    if (shape === undefined) throw new Error(`there are no ${key}`);
    const changed = { ...shape, paths: change(shape.paths), ...(kept && { keptForSeconds: new Set(kept) }) };
    return codeProblems(new Map([...shapes, [key, changed]]), sources);
  };

  it.each([
    'jobs/job',
    'ledger/entry',
    'privacy/request',
    'fleet/circuit',
    'critical/message',
    'webhooks/message',
  ])('a new field in %s', (key) => {
    expectOne(
      withShape(key, (paths) => [...paths, 'fanEmail']),
      new RegExp(key),
      /the field fanEmail is not in the data map/,
    );
  });

  it('a field of the map that nothing stores any more', () => {
    expectOne(
      withShape('jobs/job', (paths) => paths.filter((path) => path !== 'answerKey')),
      /nothing stores the field answerKey/,
    );
  });

  it('rows that are kept for longer, or for ever', () => {
    const same = (paths: readonly string[]) => paths;
    expect(withShape('fleet/user', same, [6_000])[0]).toMatch(/kept for 6000 s, the data map says 600 s/);
    expectOne(withShape('jobs/job', same, []), /have no end/);
  });

  it('items of a kind that is not in it', () => {
    expectOne(
      codeProblems(new Map([...shapes, ['jobs/draft', { paths: ['text'] }]]), sources),
      /jobs\/draft/,
    );
    expectOne(
      codeProblems(shapes, new Map([['lib/x.ts', "const FAMILY = 'profile';"]])),
      /lib\/x\.ts/,
      /"profile"/,
    );
  });

  it('a source that names another host', () => {
    const source = "// https://docs.example.com\nawait fetch('https://spy.example.com/v1');";
    expectOne(codeProblems(shapes, new Map([['lib/x.ts', source]])), /lib\/x\.ts: spy\.example\.com/);
  });
});
