import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** A synthesized CDK app (cdk.out), as far as running it needs. */
export type Assembly = { region: string; stacks: Stack[] };

export type Stack = {
  name: string;
  resources: ReadonlyMap<string, Resource>;
  outputs: ReadonlyMap<string, Output>;
  parameters: ReadonlyMap<string, unknown>;
  /** Directories of file assets, by the object key that templates name them by. */
  assetDirs: ReadonlyMap<string, string>;
};

export type Resource = { logicalId: string; type: string; properties: Record<string, unknown> };
export type Output = { value: unknown; exportName: unknown };

/** Used when the app leaves the region open; the emulators answer for every region that a caller signs for. */
const DEFAULT_REGION = 'us-east-1';

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.string().optional(),
      properties: z
        .object({
          templateFile: z.string().optional(),
          stackName: z.string().optional(),
          file: z.string().optional(),
          directoryName: z.string().optional(),
        })
        .optional(),
      dependencies: z.array(z.string()).optional(),
    }),
  ),
});

const templateSchema = z.object({
  Resources: z
    .record(
      z.string(),
      z.object({
        Type: z.string(),
        Condition: z.string().optional(),
        Properties: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
  Outputs: z
    .record(z.string(), z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }))
    .optional(),
  Parameters: z.record(z.string(), z.object({ Default: z.unknown() })).optional(),
});

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string(), packaging: z.string() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

type Template = z.infer<typeof templateSchema>;
type Artifact = z.infer<typeof manifestSchema>['artifacts'][string];

/** Reads all stacks of an assembly, those of nested stages included. */
export const readAssembly = async (dir: string): Promise<Assembly> => {
  const { artifacts } = await readJson(manifestSchema, join(dir, 'manifest.json'));
  const assembly: Assembly = { region: DEFAULT_REGION, stacks: [] };
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (artifact.type === 'aws:cloudformation:stack') {
      assembly.region = regionOf(artifact) ?? assembly.region;
      assembly.stacks.push(await readStack(dir, id, artifact, artifacts));
    }
    if (artifact.type === 'cdk:cloud-assembly') {
      const nested = await readAssembly(join(dir, artifact.properties?.directoryName ?? id));
      assembly.region = nested.region;
      assembly.stacks.push(...nested.stacks);
    }
  }
  return assembly;
};

/** `aws://<account>/<region>` */
const regionOf = (artifact: Artifact): string | undefined => {
  const region = artifact.environment?.split('/').at(-1);
  return region === 'unknown-region' ? undefined : region;
};

const readStack = async (
  dir: string,
  id: string,
  artifact: Artifact,
  artifacts: Record<string, Artifact>,
): Promise<Stack> => {
  const template = await readJson(templateSchema, join(dir, artifact.properties?.templateFile ?? ''));
  const name = artifact.properties?.stackName ?? id;
  return {
    name,
    resources: resourcesOf(name, template),
    outputs: new Map(
      Object.entries(template.Outputs ?? {}).map(([key, { Value, Export }]) => [
        key,
        { value: Value, exportName: Export?.Name },
      ]),
    ),
    parameters: new Map(
      Object.entries(template.Parameters ?? {}).map(([key, { Default }]) => [key, Default]),
    ),
    assetDirs: await assetDirsOf(dir, artifact, artifacts),
  };
};

const resourcesOf = (stackName: string, template: Template): Map<string, Resource> => {
  const resources = new Map<string, Resource>();
  for (const [logicalId, { Type: type, Properties, Condition }] of Object.entries(template.Resources ?? {})) {
    if (Condition !== undefined && type !== 'AWS::CDK::Metadata') {
      throw new Error(
        `stack ${stackName}: ${type} "${logicalId}" has a condition, and the local cloud evaluates no conditions`,
      );
    }
    resources.set(logicalId, { logicalId, type, properties: Properties ?? {} });
  }
  return resources;
};

const assetDirsOf = async (
  dir: string,
  stack: Artifact,
  artifacts: Record<string, Artifact>,
): Promise<Map<string, string>> => {
  const dirs = new Map<string, string>();
  for (const dependency of stack.dependencies ?? []) {
    const artifact = artifacts[dependency];
    if (artifact?.type !== 'cdk:asset-manifest') continue;
    const { files } = await readJson(assetsSchema, join(dir, artifact.properties?.file ?? ''));
    for (const { source, destinations } of Object.values(files).filter(isDirectory)) {
      for (const { objectKey } of Object.values(destinations)) dirs.set(objectKey, join(dir, source.path));
    }
  }
  return dirs;
};

/** CDK zips directories; a template, by contrast, is a file asset. */
const isDirectory = ({ source }: { source: { packaging: string } }): boolean => source.packaging === 'zip';

const readJson = async <T>(schema: z.ZodType<T>, file: string): Promise<T> =>
  schema.parse(JSON.parse(await readFile(file, 'utf8')));
