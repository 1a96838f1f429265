import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});

const template = z.object({ Resources: z.record(z.string(), resource).default({}) });

/** A CloudFormation template, as far as its resources can be counted and named. */
export type Template = z.infer<typeof template>;

export const readTemplate = (document: unknown): Template => template.parse(document);

/** All templates of a synthesized app, in the order of their names. */
export const readTemplates = async (assemblyDir: string): Promise<Template[]> => {
  const files = (await readdir(assemblyDir)).filter((name) => name.endsWith('.template.json')).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(join(assemblyDir, name), 'utf8')));
  return texts.map((text) => readTemplate(JSON.parse(text)));
};

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.object({ requiresBootstrapStackVersion: z.number().optional() }).optional(),
    }),
  ),
});

/** The least version of the bootstrap stack that the stacks of an app ask for. */
export const readBootstrapNeed = async (assemblyDir: string): Promise<number> => {
  const { artifacts } = manifest.parse(
    JSON.parse(await readFile(join(assemblyDir, 'manifest.json'), 'utf8')),
  );
  return Math.max(
    0,
    ...Object.values(artifacts).map(({ properties }) => properties?.requiresBootstrapStackVersion ?? 0),
  );
};
