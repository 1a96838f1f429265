import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

/** `npm run deploy -- --dry-run` as a process, on a machine without credentials. */

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'relay-home-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

type Ended = { code: number; stdout: string; stderr: string };

const ended = z.object({ code: z.number().default(0), stdout: z.string(), stderr: z.string() });

const dryRun = async (...args: string[]): Promise<Ended> => {
  const env = {
    ...{ PATH: process.env.PATH, HOME: home },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: 'eu-west-3' },
  };
  const command = ['bin/deploy.ts', '--stage', 'staging', '--dry-run', ...args];
  return ended.parse(await promisify(execFile)(process.execPath, command, { env }).catch((error) => error));
};

const result = z.object({
  exitCode: z.number(),
  preflight: z.object({
    findings: z.array(z.object({ check: z.string(), kind: z.string() })),
    costs: z.array(z.object({ jobs: z.number(), infrastructureUsd: z.number(), tokensUsd: z.number() })),
  }),
});

/** It synthesizes and validates a whole stage, 8 s of one core, on a machine that may have others at work. In ms. */
const PATIENCE_MS = 240_000;

it(
  'checks what needs no account, says what it could not check, and exits with 0',
  async () => {
    const file = join(home, 'result.json');
    const { code, stdout } = await dryRun('--json', file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('Nothing was changed.') });
    const { preflight } = result.parse(JSON.parse(readFileSync(file, 'utf8')));
    const checksThat = (kind: string) =>
      preflight.findings
        // of the day on which the test runs, and of what the controller has filled in
        .filter(({ check }) => check !== "processors' terms" && check !== 'privacy notice')
        .filter((finding) => finding.kind === kind)
        .map(({ check }) => check);
    expect(checksThat('held')).toEqual(['configuration', 'models', 'templates', 'region']);
    expect(checksThat('warned')).toEqual(['budget', 'alarm e-mail', 'consent', 'disclosure']);
    const unseen = ['credentials', 'bootstrap', 'concurrency', 'provider keys', 'admin keys', 'webhooks'];
    expect(checksThat('unknown')).toEqual(unseen);
    expect(stdout).toContain(`Not looked at: ${[...unseen, 'diff'].join(', ')}.`);
    expect(preflight.costs.map(({ jobs }) => jobs)).toEqual([30_000, 300_000, 3_000_000]);
    expect(stdout).not.toContain('\u001b[');
  },
  PATIENCE_MS,
);

it.each([
  ['alarmEmail=nobody', 'fix: alarmEmail: give an address, -c alarmEmail=oncall@example.com'],
  ['alarmMail=oncall@example.com', 'fix: -c alarmMail: there is no such setting. There are'],
  ['userStartsPerMinute=0', 'userStartsPerMinute'],
])('refuses -c %s with the fix in one line', async (setting, line) => {
  const { code, stdout } = await dryRun('-c', setting);
  expect(code).toBe(1);
  expect(stdout.split('\n').filter((each) => each.includes('fix:'))).toEqual([expect.stringContaining(line)]);
});
