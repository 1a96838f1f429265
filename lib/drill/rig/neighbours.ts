import { join } from 'node:path';
import { AUDIENCE, type Issuer, startIssuer } from '../../local/issuer.ts';
import { type ModelServer, startModelServer } from '../../local/model-server/model-server.ts';
import { synthesize } from '../../local/synthesize.ts';
import type { ProviderName } from '../../pipeline/model/model.ts';
import type { RigOptions } from './rig.ts';

/** Models and an issuer, and the assembly of a stage that knows them. */
export type Neighbours = { models: ModelServer; issuer: Issuer; assemblyDir: string };

export type StartNeighbours = (
  opened: AsyncDisposableStack,
  seed: number,
  options: RigOptions,
) => Promise<Neighbours>;

/**
 * Neighbours of one rig after the other. They take the ports of those that have stopped, so that a stage with the same
 * settings is the same to the letter, and is synthesized once: that takes more CPU than many a drill.
 */
export const createNeighbourhood = (projectDir: string, assembliesDir: string): StartNeighbours => {
  const assemblyOf = createAssemblies(projectDir, assembliesDir);
  const free: Ports[] = [];
  return async (opened, seed, options) => {
    const ports = free.pop() ?? { models: 0, issuer: 0 };
    opened.defer(() => void free.push(ports)); // closes last, when nobody listens any more
    const profile = options.modelProfile ?? 'instant';
    const models = await startModelServer({ host: '127.0.0.1', port: ports.models, seed, profile });
    opened.defer(() => models.stop());
    const issuer = await startIssuer(ports.issuer);
    opened.defer(() => issuer.stop());
    ports.models = portOf(models.url);
    ports.issuer = portOf(issuer.url);
    const assemblyDir = await assemblyOf(urlsOf(models, options.providers), {
      callRecords: models.url,
      issuer: JSON.stringify({ url: issuer.url, audience: AUDIENCE }),
      ...options.context,
    });
    return { models, issuer, assemblyDir };
  };
};

type Ports = { models: number; issuer: number };

const portOf = (url: string): number => Number(new URL(url).port);

const urlsOf = ({ url }: ModelServer, used: RigOptions['providers'] = defaultProviders) => {
  const all = { openai: `${url}/v1`, 'azure-openai': url, anthropic: url };
  return Object.fromEntries(used.map((name) => [name, all[name]]));
};

const defaultProviders = ['openai', 'azure-openai', 'anthropic'] as const;

type Urls = Partial<Record<ProviderName, string>>;

const createAssemblies = (projectDir: string, dir: string) => {
  const made = new Map<string, Promise<string>>();
  return (urls: Urls, context: Readonly<Record<string, string>>): Promise<string> => {
    const key = JSON.stringify([urls, context]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const assemblyDir = join(dir, String(made.size));
    const making = synthesize(projectDir, assemblyDir, urls, context).then(() => assemblyDir);
    made.set(key, making);
    return making;
  };
};
