import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jobOverHttp } from '../../lib/local/job-over-http.ts';
import { allRows, endedRow, type LocalRelay, scratchDir, send, startLocalRelay } from './local-relay.ts';

/** A fenced block of a document, and the heading that it stands under. */
type Block = { heading: string; language: string; code: string };

const blocksOf = (document: string): Block[] => {
  let heading = '';
  // A line of a block may look like a heading, so blocks are consumed whole.
  const parts = readFileSync(document, 'utf8').matchAll(/^```(\w+)\n([\s\S]+?)^```$|^#+ (.+)$/gm);
  return [...parts].flatMap(([, language, code, title]): Block[] => {
    heading = title ?? heading;
    return language === undefined || code === undefined ? [] : [{ heading, language, code }];
  });
};

const blocks = blocksOf('docs/producers.md');
const blockUnder = (wanted: string): Block => {
  const block = blocks.find(({ heading }) => heading === wanted);
  if (block === undefined) throw new Error(`docs/producers.md has nothing to run under "${wanted}"`);
  return block;
};

/** How what stands under a heading is run, and how it is found out whether it can be run here. */
const examples = [
  {
    heading: 'curl over HTTP',
    file: 'post.sh',
    program: 'sh',
    probe: ['sh', '-c', 'curl --fail-with-body --version'],
  },
  {
    heading: 'Python over HTTP',
    file: 'post.py',
    program: 'python3',
    probe: ['sh', '-c', 'python3 --version && curl --version'],
  },
  {
    heading: 'TypeScript over HTTP',
    file: 'post-job.ts',
    program: process.execPath,
    probe: ['sh', '-c', 'curl --version'],
  },
  { heading: 'AWS CLI', file: 'send.sh', program: 'sh', probe: ['sh', '-c', 'aws --version'] },
  { heading: 'Python', file: 'send.py', program: 'python3', probe: ['python3', '-c', 'import boto3'] },
  {
    heading: 'curl',
    file: 'send.sh',
    program: 'sh',
    probe: ['sh', '-c', 'curl --aws-sigv4 aws --fail-with-body --version'],
  },
  { heading: 'TypeScript', file: 'send-job.ts', program: process.execPath, probe: [process.execPath, '-v'] },
] as const;

const canRun = ({ heading, probe: [command, ...args] }: (typeof examples)[number]): boolean => {
  if (spawnSync(command, args).status === 0) return true;
  console.warn(`skipped: the ${heading} example of docs/producers.md, whose tool is not installed here`);
  return false;
};

const scratch = scratchDir('producers');
let relay: LocalRelay;
beforeAll(async () => {
  mkdirSync(scratch, { recursive: true });
  relay = await startLocalRelay(['--no-sample', '--instant']);
});
afterAll(async () => {
  await relay.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** The settings that come before an example; this relay has other ports than the one of `npm start`. */
const settingsFor = (heading: string): string => {
  const { api, tokens, aws, dynamodb } = relay.endpoints;
  return blockUnder(heading.endsWith('over HTTP') ? 'Over HTTP' : 'Over SQS')
    .code.replace('http://127.0.0.1:3000', api.replace(/\/v1$/, ''))
    .replace('http://127.0.0.1:4020/token', tokens)
    .replace('http://127.0.0.1:4566', aws)
    .replace('http://127.0.0.1:8000', dynamodb);
};

/** What hangs is ended before the test is, so that no process of it stays. In ms. */
const LIMIT_MS = 50_000;

/** Runs an example in a shell that has run its settings. */
const run = async ({ heading, program }: (typeof examples)[number], file: string): Promise<string> => {
  const script = `${settingsFor(heading)}\nexec "$0" "$1"`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script, program, file], { timeout: LIMIT_MS });
  return stdout;
};

const answerOf = async (jobId: string) => {
  const { api, tokens } = relay.endpoints;
  return (await jobOverHttp({ api, tokens }, { tenantId: 't1', jobId })).answer?.text;
};

describe('the examples of docs/producers.md', () => {
  it('are all run below', () => {
    const runnable = blocks.filter(({ language }) => language !== 'json').map(({ heading }) => heading);
    expect(runnable.filter((heading) => !heading.startsWith('Over '))).toEqual(
      examples.map(({ heading }) => heading),
    );
  });

  for (const example of examples) {
    const { heading, file } = example;
    (canRun(example) ? it : it.skip)(
      `send a job as they stand, and read its answer: ${heading}`,
      async () => {
        const known = new Set((await allRows(relay)).map(({ jobId }) => jobId));
        const path = join(scratch, file);
        writeFileSync(path, blockUnder(heading).code);
        const printed = await run(example, path);
        const rows = (await allRows(relay)).filter(({ jobId }) => !known.has(jobId));
        expect(rows).toEqual([
          expect.objectContaining({
            tenantId: 't1',
            lane: 'critical',
            status: 'succeeded',
            correlationId: 'order-7',
          }),
        ]);
        expect(printed).toContain('succeeded');
        const [{ jobId = '', answer } = {}] = rows;
        expect(printed).toContain((answer as { source: string }).source);
        if (heading.endsWith('over HTTP')) expect(printed).toContain(await answerOf(String(jobId)));
      },
    );
  }
});

it.each(['docs/producers.md', 'README.md'])('the job that %s shows is one', async (document) => {
  const [shown] = blocksOf(document).filter(({ language }) => language === 'json');
  const job = JSON.parse(shown?.code ?? '');
  await send(relay, job.priority, job);
  expect(await endedRow(relay, job.jobId)).toMatchObject({ status: 'succeeded', lane: job.priority });
});
