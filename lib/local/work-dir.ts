import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Unusable } from '../command-line.ts';

/** Makes a directory and those above it. `mkdir` with `recursive` never ends where the kernel takes none, as in /proc. */
export const makeDirectory = async (directory: string): Promise<void> => {
  const missing: string[] = [];
  for (let at = resolve(directory); !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) {
    await mkdir(each).catch((error: unknown) => {
      if (existsSync(each)) return; // somebody else was faster
      const why = error instanceof Error ? error.message : String(error);
      throw new Unusable(`${why}: choose a directory that can be written, --data DIR`);
    });
  }
};

/** Takes a directory for this process alone, before anything in it is changed. Ends with the process, however it ends. */
export const lockDirectory = async (directory: string): Promise<Disposable> => {
  const file = join(directory, 'lock');
  await (await open(file, 'a')).close(); // fails in the file system's words, where SQLite has none
  // A lock of the operating system, which a killed process does not leave behind; Node has no other door to one.
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new Unusable(
      `another Relay is running in ${directory}: stop it, or choose other ports (RELAY_AWS_PORT) or another --data`,
    );
  }
  return { [Symbol.dispose]: () => lock.close() };
};

const RUN_OF_PROCESS = /^process-(\d+)$/;

/** Removes what runs on free ports have left, which nobody can go on from. The last one's log stays until the next. */
export const removeEndedRuns = async (parent: string): Promise<void> => {
  if (!existsSync(parent)) return;
  for (const name of await readdir(parent)) {
    const [, pid] = RUN_OF_PROCESS.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(parent, name), { recursive: true, force: true });
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
