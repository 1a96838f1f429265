import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

/** The environment of a shell that has run the document's settings; this relay has other ports than the one of `npm start`. */
const settings = (): Record<string, string | undefined> => {
  const { code } = blockUnder('Over SQS');
  const exported = code
    .replace('http://127.0.0.1:4566', relay.endpoints.aws)
    .replace('http://127.0.0.1:8000', relay.endpoints.dynamodb)
    .matchAll(/(?<=^export .*)\b(\w+)=(\S+)/gm);
  const unset = code.match(/(?<=^unset .*)\b\w+/gm) ?? [];
  return {
    ...process.env,
    ...Object.fromEntries([...exported].map(([, name, value]) => [name, value])),
    ...Object.fromEntries(unset.map((name) => [name, undefined])),
  };
};

/** What hangs is ended before the test is, so that no process of it stays. In ms. */
const LIMIT_MS = 50_000;

const run = async (program: string, file: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(program, [file], { env: settings(), timeout: LIMIT_MS });
  return stdout;
};

describe('the examples of docs/producers.md', () => {
  it('are all run below', () => {
    const runnable = blocks.filter(({ language }) => language !== 'json').map(({ heading }) => heading);
    expect(runnable).toEqual(['Over SQS', ...examples.map(({ heading }) => heading)]);
  });

  for (const example of examples) {
    const { heading, file, program } = example;
    (canRun(example) ? it : it.skip)(
      `send a job as they stand, and read its answer: ${heading}`,
      async () => {
        const known = new Set((await allRows(relay)).map(({ jobId }) => jobId));
        const path = join(scratch, file);
        writeFileSync(path, blockUnder(heading).code);
        const printed = await run(program, path);
        const rows = (await allRows(relay)).filter(({ jobId }) => !known.has(jobId));
        expect(rows).toEqual([
          expect.objectContaining({
            tenantId: 't1',
            lane: 'critical',
            status: 'succeeded',
            correlationId: 'order-7',
          }),
        ]);
        const [{ answer } = {}] = rows;
        const { text } = answer as { text: string };
        expect(printed).toContain('succeeded');
        expect(printed.includes(text) || printed.includes(JSON.stringify(text))).toBe(true);
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
