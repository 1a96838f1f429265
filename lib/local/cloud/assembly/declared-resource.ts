import * as z from 'zod';
import type { Resource } from './assembly.ts';
import { physicalName, resolveValue, type Scope } from './template-value.ts';

/** Properties with references resolved and checked, so that none is left out of the emulation by oversight. */
export const propertiesOf = <T>(
  schema: z.ZodType<T>,
  scope: Scope,
  { type, logicalId, properties }: Resource,
): T => {
  const parsed = schema.safeParse(resolveValue(scope, properties));
  if (parsed.success) return parsed.data;
  throw new Error(
    `stack ${scope.stack.name}: the local cloud cannot run ${type} "${logicalId}" as it is declared. ${z.prettifyError(parsed.error)}`,
  );
};

export const attributeOf = (scope: Scope, { logicalId }: Resource, attribute: string): string =>
  String(resolveValue(scope, { 'Fn::GetAtt': [logicalId, attribute] }));

export const identityOf = (scope: Scope, resource: Resource) => ({
  name: physicalName(scope, resource),
  arn: attributeOf(scope, resource, 'Arn'),
});
