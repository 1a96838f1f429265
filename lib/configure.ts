import * as z from 'zod';
import { ConfigurationError, type StageConfig, stageNames, stages } from './config.ts';
import { quotaSchema } from './pipeline/fleet/quota.ts';
import { jsonText } from './pipeline/json-text.ts';
import { providerNames } from './pipeline/model/model.ts';
import { budgetsSchema } from './pipeline/money/budget.ts';

/** SQS hides a message for 12 h at most, and a wait may be a tenth longer than it says. */
const LONGEST_WAIT_SECONDS = 36_000;

/** What a deployer may say on the command line, as `-c name=value`. */
const context = z.object({
  stage: z.enum(stageNames, `choose one with -c stage=<${stageNames.join('|')}>`),
  alarmEmail: z.email('give an address, -c alarmEmail=oncall@example.com').exactOptional(),
  providers: z.pipe(jsonText, z.partialRecord(z.enum(providerNames), z.url())).exactOptional(),
  // about 100 bytes each, and Lambda takes 4 KB for all variables of a function together
  quotas: z.pipe(jsonText, z.array(quotaSchema).max(25, 'takes 25 models at most')).exactOptional(),
  // about 50 bytes for each tenant
  budgets: z.pipe(jsonText, budgetsSchema).exactOptional(),
  callRecords: z.url('give the base URL of a model server').exactOptional(),
  userStartsPerMinute: z.coerce
    .number('give a number from 1 to 60, -c userStartsPerMinute=10')
    .int()
    .min(1)
    .max(60)
    .exactOptional(),
  issuer: z
    .pipe(
      jsonText,
      z.strictObject({
        url: z.url(),
        audience: z.string().min(1),
        tenantClaim: z.string().min(1).default('tenant_id'),
      }),
    )
    .exactOptional(),
  webhookWaitsSeconds: z
    .pipe(jsonText, z.array(z.int().min(1).max(LONGEST_WAIT_SECONDS)).min(1).max(20))
    .exactOptional(),
  shift: z.enum(['canary', 'at-once'], 'choose one with -c shift=<canary|at-once>').exactOptional(),
  erasureSettleSeconds: z.coerce
    .number('give a number of seconds, -c erasureSettleSeconds=15')
    .int()
    .min(1)
    .exactOptional(),
  requireConsent: z.stringbool('say true or false, -c requireConsent=true').exactOptional(),
  requireDisclosure: z.stringbool('say true or false, -c requireDisclosure=true').exactOptional(),
  spendPerHourUsd: z.coerce
    .number('give a number of dollars, -c spendPerHourUsd=25')
    .positive('give more than 0')
    .exactOptional(),
});

/**
 * The configuration of the stage that the CDK context names. There is no default stage, so production is never
 * chosen by accident. `givenNames` are all names of the context, so that a misspelt one is an error and not a surprise.
 */
export const configFor = (
  contextOf: (key: string) => unknown,
  givenNames: readonly string[] = [],
): StageConfig => {
  refuseUnknown(givenNames);
  const names = Object.keys(context.shape).filter((name) => contextOf(name) !== undefined);
  const given = context.safeParse(Object.fromEntries(names.map((name) => [name, contextOf(name)])));
  if (!given.success)
    throw new ConfigurationError(
      given.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  const { stage, webhookWaitsSeconds, shift, ...overrides } = given.data;
  const { webhooks, worker } = stages[stage];
  const config = {
    ...stages[stage],
    ...overrides,
    worker: { ...worker, ...(shift && { shift }) },
    webhooks: { ...webhooks, ...(webhookWaitsSeconds && { waitsSeconds: webhookWaitsSeconds }) },
  };
  refuseTooLong(config);
  if (stage !== 'local') refuseUnsafeProviders(config);
  return config;
};

/** Lambda takes 4 KB for all variables of a function together; names, queues and numbers need the rest. */
const MOST_LIST_BYTES = 2_700;

const refuseTooLong = ({ quotas, budgets, providers }: StageConfig): void => {
  const bytes = Buffer.byteLength(JSON.stringify([quotas, budgets, providers]));
  if (bytes > MOST_LIST_BYTES)
    throw new ConfigurationError(
      `quotas and budgets: ${bytes} bytes with the providers' URLs, but a function has room for ${MOST_LIST_BYTES}`,
    );
};

/** A deployed stage has somebody to ask, and hands no key and no prompt to a network in plain text. */
const refuseUnsafeProviders = ({ providers }: StageConfig): void => {
  const given = Object.entries(providers);
  if (given.length === 0)
    throw new ConfigurationError(
      'providers: name one at least, -c providers=\'{"openai": "https://api.openai.com/v1"}\'',
    );
  const plain = given.filter(([, url]) => new URL(url).protocol !== 'https:').map(([name]) => name);
  if (plain.length > 0)
    throw new ConfigurationError(`providers: ${plain.join(', ')} must have a URL that begins with https://`);
};

/** Only plain words can be meant for us: the CDK's own names (flags, lookups, settings) have punctuation in them. */
const refuseUnknown = (names: readonly string[]): void => {
  const unknown = names.filter((name) => /^[A-Za-z]+$/.test(name) && !Object.hasOwn(context.shape, name));
  if (unknown.length === 0) return;
  const known = Object.keys(context.shape).join(', ');
  throw new ConfigurationError(`-c ${unknown.join(', ')}: there is no such setting. There are ${known}`);
};
