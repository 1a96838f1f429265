import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';
import { Unusable } from '../../command-line.ts';
import type { Target } from './target.ts';

const told = z.object({
  name: z.literal('local'),
  api: z.string(),
  tokens: z.string(),
  tenantId: z.string(),
  sqs: z.string(),
  models: z.string(),
  control: z.string(),
});

export type OwnRelay = { target: Target; stop(): Promise<void> };

/** Starts a Relay for one run, apart from the program that measures. */
export const startOwnRelay = async (projectDir: string, signal: AbortSignal): Promise<OwnRelay> => {
  signal.throwIfAborted();
  const child = fork(join(projectDir, 'lib/load/run/local-relay-process.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const kill = () => child.kill('SIGKILL'); // nothing of the run has come to it yet
  signal.addEventListener('abort', kill, { once: true });
  const [first] = await Promise.race([once(child, 'message'), ended]);
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  const target = told.safeParse(first);
  if (!target.success) throw new Unusable('the local cloud did not start: try npm start -- --no-sample');
  return {
    target: target.data,
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};

const HEALTH_MS = 3_000;

/** Whether a Relay answers there. */
export const isUp = async ({ api }: Target): Promise<boolean> => {
  const response = await fetch(`${api}/v1/health`, { signal: AbortSignal.timeout(HEALTH_MS) }).catch(
    () => undefined,
  );
  await response?.body?.cancel();
  return response?.ok ?? false;
};
