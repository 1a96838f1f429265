import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { ASSIGNMENT_VARIABLE } from '../generator/assignment.ts';

export type ArtilleryFiles = { script: string; assignment: string; report: string; log: string };

/**
 * Runs artillery in a process of its own to its end, or until the signal stops it; its exit code, `null` when it was
 * stopped. By the Node of this program: artillery asks for 22, and its processor here for 24.
 */
export const runArtillery = async (
  {
    loadDir,
    files,
    variables,
  }: { loadDir: string; files: ArtilleryFiles; variables: Record<string, string | undefined> },
  signal: AbortSignal,
): Promise<number | null> => {
  if (signal.aborted) return null; // which no listener is told of any more
  const log = openSync(files.log, 'w');
  try {
    const artillery = spawn(
      process.execPath,
      [join(loadDir, 'node_modules/artillery/bin/run'), 'run', '--output', files.report, files.script],
      {
        stdio: ['ignore', log, log],
        env: { ...variables, [ASSIGNMENT_VARIABLE]: files.assignment, ARTILLERY_DISABLE_TELEMETRY: 'true' },
      },
    );
    const stop = () => artillery.kill('SIGKILL'); // told to stop, it waits for its users
    signal.addEventListener('abort', stop, { once: true });
    const [code] = await once(artillery, 'exit');
    signal.removeEventListener('abort', stop);
    return typeof code === 'number' ? code : null;
  } finally {
    closeSync(log);
  }
};
