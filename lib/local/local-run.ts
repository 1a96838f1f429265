import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createSqsProducer } from '../client/sqs-producer.ts';
import { mustBeWritable } from '../command-line.ts';
import { laneNames } from '../pipeline/job/lane.ts';
import { type Screen, wantsColor } from '../terminal/terminal-color.ts';
import type { LocalOptions } from './options.ts';
import { type RunningRelay, startRelay } from './running-relay.ts';
import { sampleJobs } from './sample/conversations.ts';
import { progressDisplay } from './sample/progress.ts';
import { renderReport } from './sample/render-report.ts';
import { summarize } from './sample/report.ts';
import { runSample } from './sample/workload.ts';
import { openSampleRun } from './sample-run-file.ts';

export type Surroundings = {
  projectDir: string;
  screen: Screen;
  variables: { NO_COLOR?: string | undefined };
  /** Aborts when the user wants to stop. */
  signal: AbortSignal;
};

/** Exit codes of `npm start`; 130 is what a shell expects after Ctrl-C. */
const exitCode = { ended: 0, incomplete: 1, interrupted: 130 } as const;

/** Runs the local cloud and the sample workload. Resolves to the exit code when both are done. */
export const runLocal = async (options: LocalOptions, around: Surroundings): Promise<number> => {
  const startedAtMs = performance.now();
  if (options.jsonFile) await mustBeWritable(options.jsonFile);
  const say = (line: string) => around.screen.write(`${line}\n`);
  const relay = await startRelay(options, around.projectDir, say);
  try {
    say(`Ready in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s.`);
    for (const { label, address } of addressesOf(relay)) say(`  ${label.padEnd(16)} ${address}`);
    const code = options.sample ? await sample(options, around, relay, say) : exitCode.ended;
    if (!options.serve || around.signal.aborted) return code;
    say('\nRelay stays up: send jobs to the queues above, or over HTTP. Ctrl-C stops it.');
    say(await firstRequest(relay));
    await untilAborted(around.signal);
    return code;
  } finally {
    if (around.signal.aborted) say(goodbye(options));
    await relay.stop();
  }
};

/** An abort that has already happened raises no event any more. */
const untilAborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, 'abort');
};

const JOBS_TABLE = 'relay-local-jobs';

const addressesOf = ({ cloud, models, issuer, logFile }: RunningRelay) => [
  { label: 'HTTP API', address: `${cloud.endpoints.api}/v1 (to read and try: ${cloud.endpoints.api})` },
  { label: 'tokens', address: `${issuer.url}/token (client-credentials grant, any client_id and tenant_id)` },
  { label: 'SQS and SNS', address: cloud.endpoints.aws },
  { label: 'DynamoDB', address: cloud.endpoints.dynamodb },
  { label: 'model server', address: `${models.url} (faults: PUT /control/faults)` },
  {
    label: 'control',
    address: `${cloud.endpoints.control} (faults: PUT /control/faults, alarms: GET /control/alarms)`,
  },
  { label: 'lane queues', address: laneNames.map((lane) => `relay-local-${lane}`).join(', ') },
  { label: 'tables', address: cloud.tableNames.join(', ') },
  { label: 'function logs', address: logFile },
];

/** A token that is ready to use, and what to use it for. */
const firstRequest = async ({ cloud, issuer }: RunningRelay): Promise<string> => {
  const token = await issuer.token({ tenantId: 't1', scopes: ['jobs:read', 'jobs:write', 'ops:read'] });
  const job = `{"creatorId":"c1","subjectRefs":["fan_9f2c"],"priority":"critical","model":"gpt-5-mini","input":{"messages":[{"role":"user","content":"Salut !"}]}}`;
  return [
    '\nA token of tenant t1 for an hour, and a job with it:',
    `  TOKEN=${token}`,
    `  curl -s "${cloud.endpoints.api}/v1/jobs?wait=20" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\`,
    `    -d '${job}'`,
  ].join('\n');
};

const goodbye = ({ dataDir }: LocalOptions): string =>
  dataDir === undefined ? '\nStopped.' : `\nStopped. The same command goes on from ${dataDir}.`;

const nextLooks = ({ cloud, logFile }: RunningRelay, stays: boolean) => [
  { label: 'every delivery', address: logFile },
  stays
    ? { label: 'every job', address: `table ${JOBS_TABLE} at ${cloud.endpoints.dynamodb}` }
    : { label: 'send your own', address: 'npm start -- --serve' },
  { label: 'as a producer', address: 'docs/producers.md' },
  { label: 'how it works', address: 'docs/architecture.md' },
];

/** The longest of the lanes' visibility timeouts, which docs.test.ts holds to this sentence. */
const RESUMING =
  'Jobs that were in flight come back when the visibility of their messages ends, within 180 s.';

const sample = async (
  options: LocalOptions,
  around: Surroundings,
  relay: RunningRelay,
  say: (line: string) => void,
): Promise<number> => {
  const run = await openSampleRun(options.dataDir, options.seed);
  const jobs = sampleJobs(run.seed);
  say(
    `\n${run.resumed ? 'Resuming' : 'Sending'} the sample workload: ${jobs.length} jobs, seed ${run.seed}; chat arrives over 20 s, the rest sooner.`,
  );
  if (run.resumed) say(RESUMING);
  const color = wantsColor(around.screen, around.variables);
  const display = progressDisplay(around.screen, { color, now: Date.now });
  const clients = clientsFor(relay);
  const result = await runSample({
    producer: createSqsProducer({ sqs: clients.sqs, stage: 'local' }),
    dynamodb: clients.dynamodb,
    jobsTable: JOBS_TABLE,
    jobs,
    onProgress: display.show,
    signal: around.signal,
  });
  display.end();
  clients.sqs.destroy();
  clients.dynamodb.destroy();
  if (result.kind === 'interrupted') return exitCode.interrupted;
  const report = summarize(result.rows);
  say(`\n${renderReport(report, { color, lookNext: nextLooks(relay, options.serve) })}`);
  if (options.jsonFile) await writeFile(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
  if (result.kind === 'stalled') say(result.message);
  else await run.finish();
  return report.totals.succeeded === report.totals.jobs ? exitCode.ended : exitCode.incomplete;
};

/** The sample is a producer like any other: it knows the endpoints and nothing of the inside. */
const clientsFor = ({ cloud }: RunningRelay) => {
  const settings = { region: 'us-east-1', credentials: { accessKeyId: 'sample', secretAccessKey: 'sample' } };
  return {
    sqs: new SQSClient({ ...settings, endpoint: cloud.endpoints.aws, maxAttempts: 1 }),
    dynamodb: new DynamoDBClient({ ...settings, endpoint: cloud.endpoints.dynamodb }),
  };
};
