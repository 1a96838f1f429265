import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { apiPage } from './api-page.ts';
import { type LocalCloud, startCloud } from './cloud/cloud.ts';
import { AUDIENCE, type Issuer, startIssuer } from './issuer.ts';
import { type ModelServer, startModelServer } from './model-server/model-server.ts';
import type { LocalOptions } from './options.ts';
import { PROVIDER_KEYS, WEBHOOKS } from './secret-names.ts';
import { synthesize } from './synthesize.ts';
import { lockDirectory, makeDirectory, removeEndedRuns } from './work-dir.ts';

/** Relay on this machine: the emulated cloud with the deployed functions in it, and the models that they call. */
export type RunningRelay = {
  cloud: LocalCloud;
  models: ModelServer;
  /** Who gives tokens for the API. */
  issuer: Issuer;
  /** Everything that functions printed: structured logs and EMF metrics. */
  logFile: string;
  stop(): Promise<void>;
};

/** Synthesizes, then starts everything. Names and numbers come from the templates. */
export const startRelay = async (
  options: LocalOptions,
  projectDir: string,
  say: (line: string) => void,
): Promise<RunningRelay> => {
  const runsDir = join(projectDir, '.relay');
  const workDir = options.dataDir ?? join(runsDir, runNameOf(options));
  const assemblyDir = join(workDir, 'cdk.out');
  await using starting = new AsyncDisposableStack();
  await makeDirectory(workDir);
  starting.use(await lockDirectory(workDir));
  await removeEndedRuns(runsDir);
  const models = await startModelServer({
    host: '127.0.0.1',
    port: options.ports.model,
    seed: options.seed ?? 1,
    profile: options.instantModels ? 'instant' : 'realistic',
    ...(options.dataDir && { usageFile: join(options.dataDir, 'model-usage.jsonl') }),
  });
  starting.defer(() => models.stop());
  const issuer = await startIssuer(options.ports.issuer);
  starting.defer(() => issuer.stop());
  await rm(assemblyDir, { recursive: true, force: true });
  say('Bundling the functions and synthesizing stage "local" ...');
  await synthesize(
    projectDir,
    assemblyDir,
    { ...builtIn(models), ...options.providers },
    { callRecords: models.url, issuer: JSON.stringify({ url: issuer.url, audience: AUDIENCE }) },
  );
  const logFile = join(workDir, 'functions.log');
  const log = createWriteStream(logFile, { flags: options.dataDir === undefined ? 'w' : 'a' });
  starting.defer(() => void log.end());
  say('Starting queues, tables and functions from the templates ...');
  const cloud = await startCloud({
    assemblyDir,
    ports: options.ports,
    pageAt: apiPage,
    secrets: { [PROVIDER_KEYS]: JSON.stringify(options.providerKeys), [WEBHOOKS]: options.webhooks },
    faultSeed: options.seed ?? 1,
    alarmTimeScale: options.alarmTimeScale,
    onFunctionOutput: ({ functionName, line }) => log.write(`${functionName} ${line}\n`),
    ...(options.runtimeClient && { runtimeClient: options.runtimeClient }),
    ...(options.dataDir && { dataDir: join(options.dataDir, 'state') }),
  });
  starting.defer(() => cloud.stop());
  const running = starting.move();
  return { cloud, models, issuer, logFile, stop: () => running.disposeAsync() };
};

/** Runs that are up at the same time differ in their port, or ask for any. */
const runNameOf = ({ ports }: LocalOptions): string =>
  ports.aws === 0 ? `process-${process.pid}` : `port-${ports.aws}`;

/** Azure OpenAI is left out until someone names an endpoint, so that GPT jobs go where OPENAI_BASE_URL says. */
const builtIn = ({ url }: ModelServer) => ({ openai: `${url}/v1`, anthropic: url });
