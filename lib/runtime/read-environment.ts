import type * as z from 'zod/mini';

/** Parses a function's environment at cold start. The error names the variables and leaves out their values. */
export const readEnvironment = <Schema extends z.ZodMiniType>(
  schema: Schema,
  variables: Record<string, string | undefined>,
): z.output<Schema> => {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map(({ path }) => path.join('.')))];
  throw new Error(`Environment variables missing or malformed: ${names.join(', ')}`);
};
