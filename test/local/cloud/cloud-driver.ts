import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import type { CloudOptions } from '../../../lib/local/cloud/cloud.ts';

const ready = z.object({
  endpoints: z.object({
    aws: z.string(),
    dynamodb: z.string(),
    secrets: z.string(),
    kms: z.string(),
    control: z.string(),
    api: z.string().default(''),
  }),
  queueUrls: z.record(z.string(), z.string()),
  tableNames: z.array(z.string()),
});

/** One line of cloud-process.ts; `said` is the JSON that a function printed. */
export type Line = Record<string, unknown> & { kind: string; said?: Record<string, unknown> };

export type DrivenCloud = z.infer<typeof ready> & {
  process: ChildProcess;
  lines: readonly Line[];
  /** The first line, of those so far and those to come, that the test is after. */
  seen(wanted: (line: Line) => boolean): Promise<Line>;
  /** Resolves to the exit code, which is null for a process that was killed. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<unknown>;
};

/** Starts a cloud in a child process; rejects with what it wrote to stderr when it does not start. */
export const driveCloud = async (
  options: Partial<CloudOptions> & { assemblyDir: string },
): Promise<DrivenCloud> => {
  const child = startProcess(options);
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(parseLine(text));
    for (const look of watchers) look();
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk;
  });
  const seen = (wanted: (line: Line) => boolean): Promise<Line> =>
    new Promise((resolve) => {
      const look = () => {
        const line = lines.find(wanted);
        if (line === undefined) return;
        watchers.delete(look);
        resolve(line);
      };
      watchers.add(look);
      look();
    });
  const exited = once(child, 'exit');
  const failed = exited.then(() => Promise.reject(new Error(complaint)));
  failed.catch(() => undefined);
  const started = await Promise.race([seen(({ kind }) => kind === 'ready'), failed]);
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    const [code] = await exited;
    return code;
  };
  return { ...ready.parse(started), process: child, lines, seen, stop };
};

const startProcess = (options: Partial<CloudOptions>) =>
  spawn(
    process.execPath,
    [
      join(__dirname, 'cloud-process.ts'),
      JSON.stringify({
        ports: { aws: 0, dynamodb: 0 },
        secrets: { 'fixture-secret': JSON.stringify({ OPENAI_API_KEY: 'key-of-the-test' }) },
        ...options,
      }),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );

const parseLine = (text: string): Line => {
  const line: Line = JSON.parse(text);
  const printed = typeof line.line === 'string' && line.line.startsWith('{') ? line.line : undefined;
  return printed === undefined ? line : { ...line, said: JSON.parse(printed) };
};

/** A directory of a test's own, removed at the end. */
export const withDirectory = async <T>(use: (dir: string) => Promise<T>): Promise<T> => {
  const dir = mkdtempSync(join(tmpdir(), 'relay-cloud-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};
