import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Unusable } from '../../command-line.ts';

const manifest = z.object({
  version: z.string(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

const manifestIn = (directory: string) => {
  const file = join(directory, 'package.json');
  return existsSync(file) ? manifest.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
};

/** Whether load/ has what its package.json asks for. npm writes its own list of it last: one that was broken off has none. */
const isInstalled = (loadDir: string): boolean =>
  existsSync(join(loadDir, 'node_modules', '.package-lock.json')) &&
  Object.entries(manifestIn(loadDir)?.devDependencies ?? {}).every(
    ([name, version]) => manifestIn(join(loadDir, 'node_modules', name))?.version === version,
  );

/** Installs load/ once, saying so: artillery brings 460 packages that nothing else here needs. */
export const ensureInstalled = async (loadDir: string, say: (line: string) => void): Promise<void> => {
  if (isInstalled(loadDir)) return;
  say('Installing load/ (artillery and what it brings, 460 MB), once: about a minute ...');
  const npm = spawn('npm', ['ci', '--no-progress', '--prefer-offline'], {
    cwd: loadDir,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Unusable(`npm ci in load/ ended with ${code}: mend that, and run this again`);
};
