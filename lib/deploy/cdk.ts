import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Where the CDK's CLI runs, and until when. */
export type Workplace = { projectDir: string; signal: AbortSignal };

/** A stage, and the settings that its deployer gives: `-c name=value`. */
export type AskedStage = { stage: string; context: Readonly<Record<string, string>> };

export type CdkResult = { code: number | null; output: string };

const CLI = 'node_modules/aws-cdk/bin/cdk';

/** Synthesizes a stage as `npm run check` does: lattice, template validator, policy checks; a warning is an error. */
export const synthesize = (
  place: Workplace,
  { stage, context }: AskedStage,
  assemblyDir: string,
): Promise<CdkResult> =>
  askCdk(place, [
    'synth',
    '--quiet',
    '--strict',
    // the app runs on the Node that runs this, whichever comes first in the PATH
    ...['--app', `"${process.execPath}" bin/app.ts`],
    ...['--output', assemblyDir],
    ...Object.entries({ ...context, stage }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);

/** Runs the CDK's CLI and keeps what it says. */
export const askCdk = async (
  { projectDir, signal }: Workplace,
  args: readonly string[],
): Promise<CdkResult> => {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: projectDir,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, output: `${stdout}${stderr}` };
};

/** Runs the CDK's CLI and shows what it says while it goes on; the exit code. */
export const showCdk = async (
  { projectDir, signal }: Workplace,
  args: readonly string[],
): Promise<number | null> => {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: projectDir,
    signal,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'close');
  return code;
};
