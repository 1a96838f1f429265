import * as z from 'zod/mini';

type Node = z.core.JSONSchema._JSONSchema;

/** The paths of all values that a schema takes in: `answer.text`, `attempts[].code`, `metadata.*`. */
export const schemaPaths = (schema: z.ZodMiniType): string[] => [
  ...new Set(pathsUnder(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), '')),
];

const pathsUnder = (node: Node, path: string): string[] => {
  if (typeof node === 'boolean') return [path];
  const items = [node.items ?? [], node.prefixItems ?? []].flat();
  const paths = [
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => pathsUnder(child, under(path, name))),
    ...(typeof node.additionalProperties === 'object'
      ? pathsUnder(node.additionalProperties, under(path, '*'))
      : []),
    ...items.flatMap((child) => pathsUnder(child, `${path}[]`)),
    ...(node.anyOf ?? node.oneOf ?? []).flatMap((child) => pathsUnder(child, path)),
  ];
  return paths.length === 0 ? [path] : paths;
};

/** The paths of all values in a value. */
export const valuePaths = (value: unknown, path = ''): string[] => {
  if (Array.isArray(value)) return value.flatMap((child) => valuePaths(child, `${path}[]`));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [path];
  return Object.entries(value).flatMap(([name, child]) => valuePaths(child, under(path, name)));
};

const under = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
