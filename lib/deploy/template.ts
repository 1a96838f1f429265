import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
});

const template = z.object({
  Resources: z.record(z.string(), resource).default({}),
  Outputs: z.record(z.string(), z.object({ Export: z.unknown().optional() })).default({}),
});

/** A CloudFormation template, as far as its resources can be counted, named and followed. */
export type Template = z.infer<typeof template>;

/** A template as it would be sent. `after`: the stacks that are deployed before it. */
export type StackTemplate = { name: string; bytes: number; after: readonly string[]; template: Template };

export const readTemplate = (document: unknown): Template => template.parse(document);

const stackProperties = z.object({
  templateFile: z.string(),
  requiresBootstrapStackVersion: z.number().default(0),
});

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({ type: z.string(), properties: z.unknown(), dependencies: z.array(z.string()).default([]) }),
  ),
});

/** A synthesized app: its stacks, and the least version of the bootstrap stack that they ask for. */
export type Synthesized = { stacks: StackTemplate[]; bootstrapVersion: number };

export const readSynthesized = async (assemblyDir: string): Promise<Synthesized> => {
  const text = await readFile(join(assemblyDir, 'manifest.json'), 'utf8');
  const declared = Object.entries(manifest.parse(JSON.parse(text)).artifacts).flatMap(([name, artifact]) =>
    artifact.type === 'aws:cloudformation:stack'
      ? [{ name, after: artifact.dependencies, ...stackProperties.parse(artifact.properties) }]
      : [],
  );
  const stacks = await Promise.all(
    declared.map(async ({ name, after, templateFile }) => {
      const body = await readFile(join(assemblyDir, templateFile), 'utf8');
      return { name, after, bytes: Buffer.byteLength(body), template: readTemplate(JSON.parse(body)) };
    }),
  );
  const versions = declared.map(({ requiresBootstrapStackVersion }) => requiresBootstrapStackVersion);
  return { stacks, bootstrapVersion: Math.max(0, ...versions) };
};
