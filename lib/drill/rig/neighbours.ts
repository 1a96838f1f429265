import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AUDIENCE, type Issuer, startIssuer } from '../../local/issuer.ts';
import { type ModelServer, startModelServer } from '../../local/model-server/model-server.ts';
import { synthesize } from '../../local/synthesize.ts';
import type { RigOptions } from './rig.ts';

/** Models and an issuer, and the assembly of a stage that knows them. */
export type Neighbours = { models: ModelServer; issuer: Issuer; assemblyDir: string };

export type StartNeighbours = (
  opened: AsyncDisposableStack,
  seed: number,
  options: RigOptions,
) => Promise<Neighbours>;

/** Stand in a synthesized stage for what each rig has of its own. */
const PLACES = { models: 'http://models.invalid', issuer: 'http://issuer.invalid' } as const;

/**
 * Neighbours of each rig. A stage is synthesized once for all rigs that differ in nothing but where their neighbours are:
 * that takes more CPU than many a drill.
 */
export const createNeighbourhood = (projectDir: string, assembliesDir: string): StartNeighbours => {
  const stageOf = createStages(projectDir, assembliesDir);
  let rigs = 0;
  return async (opened, seed, options) => {
    const profile = options.modelProfile ?? 'instant';
    const models = await startModelServer({ host: '127.0.0.1', port: 0, seed, profile });
    opened.defer(() => models.stop());
    const issuer = await startIssuer(0);
    opened.defer(() => issuer.stop());
    const stageDir = await stageOf(options);
    rigs += 1;
    const assemblyDir = join(assembliesDir, `rig-${rigs}`);
    await fillIn(stageDir, assemblyDir, { models: models.url, issuer: issuer.url });
    return { models, issuer, assemblyDir };
  };
};

const defaultProviders = ['openai', 'azure-openai', 'anthropic'] as const;

const urlsOf = (used: RigOptions['providers'] = defaultProviders) => {
  const { models } = PLACES;
  const all = { openai: `${models}/v1`, 'azure-openai': models, anthropic: models };
  return Object.fromEntries(used.map((name) => [name, all[name]]));
};

/** Directories of stages by their settings, with `PLACES` in them. */
const createStages = (projectDir: string, dir: string) => {
  const made = new Map<string, Promise<string>>();
  return ({ providers, context = {} }: RigOptions): Promise<string> => {
    const urls = urlsOf(providers);
    const key = JSON.stringify([urls, context]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const stageDir = join(dir, `stage-${made.size}`);
    const making = synthesize(projectDir, stageDir, urls, {
      callRecords: PLACES.models,
      issuer: JSON.stringify({ url: PLACES.issuer, audience: AUDIENCE }),
      ...context,
    }).then(() => stageDir);
    made.set(key, making);
    return making;
  };
};

/** The same assembly with other places in its templates; what functions are made of is not copied. */
const fillIn = async (stageDir: string, assemblyDir: string, places: Record<keyof typeof PLACES, string>) => {
  await mkdir(assemblyDir, { recursive: true });
  for (const entry of await readdir(stageDir, { withFileTypes: true })) {
    const [from, to] = [join(stageDir, entry.name), join(assemblyDir, entry.name)];
    if (entry.isDirectory()) {
      await symlink(resolve(from), to, 'junction');
      continue;
    }
    const words = await readFile(from, 'utf8');
    await writeFile(
      to,
      words.replaceAll(PLACES.models, places.models).replaceAll(PLACES.issuer, places.issuer),
    );
  }
};
