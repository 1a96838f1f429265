import * as z from 'zod';

/** What both doors for faults answer with. */
export type ControlReply = { status: number; body: object };

export const ok = (body: object): ControlReply => ({ status: 200, body });

export const refuse = (error: string): ControlReply => ({ status: 400, body: { error } });

/** No such route: those that there are. */
export const notFound = (routes: Iterable<string>): ControlReply => ({
  status: 404,
  body: { error: `no such resource; there are ${[...routes].join(', ')}` },
});

/** A body in the form that is asked for, or what is wrong with it in one line. */
export const readBody = <T>(
  schema: z.ZodType<T>,
  body: string,
): { kind: 'read'; value: T } | { kind: 'refused'; reply: ControlReply } => {
  const json = parseJson(body);
  if (json === undefined) return { kind: 'refused', reply: refuse('body: is not JSON') };
  const parsed = schema.safeParse(json);
  return parsed.success
    ? { kind: 'read', value: parsed.data }
    : { kind: 'refused', reply: refuse(reasonOf(parsed.error, 'body')) };
};

/** The first thing that is wrong, in one line. */
export const reasonOf = ({ issues: [issue] }: z.ZodError, whole: string): string => {
  const place = issue?.path.join('.') ?? '';
  return `${place === '' ? whole : place}: ${issue?.message ?? 'invalid'}`;
};

/** For whoever looks in without documents. */
export const helpOf = (routes: Iterable<string>, rules: z.ZodType, example: object) => ({
  routes: [...routes],
  example,
  end: 'DELETE /control/faults, or PUT it with []',
  kinds: kindsIn(z.toJSONSchema(rules, { io: 'input' })),
  form: 'GET /control/faults/form',
});

/** The rules' form as JSON Schema. */
export const formOf = (rules: z.ZodType): ControlReply => ok(z.toJSONSchema(rules, { io: 'input' }));

/** Every value that a `kind` may have, wherever it stands. */
const kindsIn = (schema: unknown): string[] => {
  const kinds = new Set<string>();
  JSON.stringify(schema, (key, value: unknown) => {
    if (key === 'kind') for (const word of constantIn(value)) kinds.add(word);
    return value;
  });
  return [...kinds];
};

const constantIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null && 'const' in value && typeof value.const === 'string'
    ? [value.const]
    : [];

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
