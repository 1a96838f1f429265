import { existsSync } from 'node:fs';
import * as z from 'zod';
import { type Asked, parseFlags } from '../command-line.ts';
import { jsonText } from '../pipeline/json-text.ts';
import { endpointsByTenant, findEndpoint } from '../pipeline/webhooks/endpoint.ts';

/** What `npm start` was asked to do. */
export type LocalOptions = {
  /** Stay up after the sample workload. */
  serve: boolean;
  sample: boolean;
  seed: number | undefined;
  dataDir: string | undefined;
  jsonFile: string | undefined;
  instantModels: boolean;
  /** How many minutes of alarms and schedules pass in a minute. */
  alarmTimeScale: number;
  ports: { api: number; issuer: number; aws: number; dynamodb: number; model: number; control: number };
  /** Provider servers and keys of the developer's own, in place of the model server. */
  providers: { openai?: string; 'azure-openai'?: string; anthropic?: string };
  providerKeys: { openai: string; 'azure-openai': string; anthropic: string };
  /** Endpoints by tenant, as JSON. */
  webhooks: string;
  /** Path of AWS's own runtime client, which then runs the functions. */
  runtimeClient?: string;
};

const flags = {
  serve: { type: 'boolean', default: false },
  'no-sample': { type: 'boolean', default: false },
  seed: { type: 'string' },
  data: { type: 'string' },
  json: { type: 'string' },
  instant: { type: 'boolean', default: false },
  'alarm-time': { type: 'string', default: '1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const HELP = `Runs Relay on this machine: the templates and bundles that "cdk deploy" would ship, on an embedded cloud.

  npm start                    sample workload of 240 jobs, a report, and an exit code (on a terminal: stays up)
  npm start -- --serve         stays up after the sample workload until Ctrl-C
  npm start -- --no-sample     without the sample workload (implies --serve)
  npm start -- --data DIR      keeps queues, tables, logs and an unfinished sample in DIR, and goes on from there
  npm start -- --seed N        another sample workload; the same seed brings the same jobs
  npm start -- --json FILE     writes the report as JSON
  npm start -- --instant       models answer at once instead of taking the time that models take
  npm start -- --alarm-time N  alarms and schedules run N times as fast as the day, 1 to 600 (default 1)

Environment:
  RELAY_API_PORT (3000), RELAY_ISSUER_PORT (4020)   the HTTP API, and who gives tokens for it
  RELAY_AWS_PORT (4566), RELAY_DYNAMODB_PORT (8000), RELAY_MODEL_PORT (4010)   0 takes any free port
  RELAY_CONTROL_PORT (4011)    faults of the cloud: PUT /control/faults; seeded by --seed
  OPENAI_BASE_URL, AZURE_OPENAI_ENDPOINT, ANTHROPIC_BASE_URL, and OPENAI_API_KEY, AZURE_OPENAI_API_KEY,
  ANTHROPIC_API_KEY            a provider of your own instead of the built-in model server
  RELAY_RUNTIME_CLIENT         path of aws-lambda-ric's index.mjs: functions run under AWS's own runtime client
  RELAY_WEBHOOKS               who is told of the ends of jobs, on this machine or by https; JSON by tenant:
                               {"t1": {"url": "http://127.0.0.1:9000/", "secrets": ["whsec_..."]}}
`;

const port = (fallback: number) =>
  z.coerce
    .number('is a port, 0 to 65535')
    .int()
    .min(0)
    .max(65_535, 'is a port, 0 to 65535')
    .default(fallback);

const WEBHOOKS_FORM =
  'is JSON by tenant, {"t1": {"url": "http://127.0.0.1:9000/", "secrets": ["whsec_..."]}}, with keys of 24 to 64 bytes in base64';

/** Deployed, one tenant's mistake is its own; here whoever starts this has made it. */
const areEndpoints = (text: string): boolean => {
  const { data: all } = z.pipe(jsonText, endpointsByTenant).safeParse(text);
  return (
    all !== undefined && Object.keys(all).every((tenant) => findEndpoint(all, tenant).kind === 'endpoint')
  );
};

const environmentSchema = z.object({
  RELAY_API_PORT: port(3000),
  RELAY_ISSUER_PORT: port(4020),
  RELAY_AWS_PORT: port(4566),
  RELAY_DYNAMODB_PORT: port(8000),
  RELAY_MODEL_PORT: port(4010),
  RELAY_CONTROL_PORT: port(4011),
  OPENAI_BASE_URL: z.url('is a URL, http://...').optional(),
  AZURE_OPENAI_ENDPOINT: z.url('is a URL, http://...').optional(),
  ANTHROPIC_BASE_URL: z.url('is a URL, http://...').optional(),
  OPENAI_API_KEY: z.string().default('local'),
  AZURE_OPENAI_API_KEY: z.string().default('local'),
  ANTHROPIC_API_KEY: z.string().default('local'),
  RELAY_RUNTIME_CLIENT: z
    .string()
    .refine(existsSync, 'is the path of aws-lambda-ric/index.mjs, and there is no such file')
    .optional(),
  RELAY_WEBHOOKS: z.string().default('{}').refine(areEndpoints, WEBHOOKS_FORM),
});

type Environment = z.infer<typeof environmentSchema>;

/** Reads the command line and the environment of `npm start`. */
export const readCommandLine = (
  args: readonly string[],
  variables: Record<string, string | undefined>,
): Asked<LocalOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return { kind: 'misused', text: `${values} (see npm start -- --help)` };
  if (values.help) return { kind: 'help', text: HELP };
  const [empty] = (['data', 'json'] as const).filter((name) => values[name] === '');
  if (empty !== undefined)
    return { kind: 'misused', text: `--${empty} takes a path, e.g. --${empty} ${examples[empty]}` };
  if (values.seed !== undefined && !/^\d{1,9}$/.test(values.seed)) {
    return { kind: 'misused', text: '--seed takes a whole number, e.g. --seed 7' };
  }
  if (!/^[1-9]\d{0,2}$/.test(values['alarm-time']) || Number(values['alarm-time']) > 600) {
    return { kind: 'misused', text: '--alarm-time takes a whole number from 1 to 600, e.g. --alarm-time 60' };
  }
  const environment = environmentSchema.safeParse(variables);
  if (!environment.success) return { kind: 'misused', text: describeIssues(environment.error) };
  return { kind: 'run', options: optionsOf(values, environment.data) };
};

const examples = { data: './relay-data', json: 'report.json' } as const;

const describeIssues = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');

type Flags = Exclude<ReturnType<typeof parseFlags<typeof flags>>, string>;

const optionsOf = (values: Flags, environment: Environment): LocalOptions => ({
  serve: values.serve || values['no-sample'],
  sample: !values['no-sample'],
  seed: values.seed === undefined ? undefined : Number(values.seed),
  dataDir: values.data,
  jsonFile: values.json,
  instantModels: values.instant,
  alarmTimeScale: Number(values['alarm-time']),
  ports: {
    api: environment.RELAY_API_PORT,
    issuer: environment.RELAY_ISSUER_PORT,
    aws: environment.RELAY_AWS_PORT,
    dynamodb: environment.RELAY_DYNAMODB_PORT,
    model: environment.RELAY_MODEL_PORT,
    control: environment.RELAY_CONTROL_PORT,
  },
  providers: {
    ...(environment.OPENAI_BASE_URL && { openai: environment.OPENAI_BASE_URL }),
    ...(environment.AZURE_OPENAI_ENDPOINT && { 'azure-openai': environment.AZURE_OPENAI_ENDPOINT }),
    ...(environment.ANTHROPIC_BASE_URL && { anthropic: environment.ANTHROPIC_BASE_URL }),
  },
  webhooks: environment.RELAY_WEBHOOKS,
  ...(environment.RELAY_RUNTIME_CLIENT && { runtimeClient: environment.RELAY_RUNTIME_CLIENT }),
  providerKeys: {
    openai: environment.OPENAI_API_KEY,
    'azure-openai': environment.AZURE_OPENAI_API_KEY,
    anthropic: environment.ANTHROPIC_API_KEY,
  },
});
