/** Who asks: a function in its role, or a service of AWS. */
export type Principal =
  | { kind: 'role'; roleArn: string; sessionName: string }
  | { kind: 'service'; name: string };

/** What a request tells of itself beside action and resource: condition keys and their values. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** An action on a resource that a request needs. */
export type Need = { action: string; resource: string; context: Context };

/** A need, and who has it. */
export type Access = Need & { principal: Principal };

/** The part of a statement that lets an access through: one of its actions, on one of its resources. */
export type Grant = {
  /** ARN of the role or of the resource whose policy it is. */
  of: string;
  /** The statement's place in it. */
  statement: number;
  action: string;
  resource: string;
};

export type Decision =
  | { kind: 'allowed'; grants: readonly Grant[] }
  /** `because`: in IAM's words, as the end of its sentence. */
  | { kind: 'denied'; because: string };

/** Whose policy speaks of a resource: of an object in a bucket, the bucket's. */
export const policyHolderOf = (resource: string): string =>
  resource.startsWith('arn:aws:s3:::') ? (resource.split('/')[0] ?? resource) : resource;

/** One text for each access that policies can tell apart. */
export const textOf = ({ principal, action, resource, context }: Access): string =>
  JSON.stringify([principalArn(principal), action, resource, context]);

/** As CloudTrail and refusals name it. */
export const principalArn = (principal: Principal): string => {
  if (principal.kind === 'service') return principal.name;
  const { roleArn, sessionName } = principal;
  return `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${sessionName}`;
};

/** Lambda names the session of a function's role after the function. */
export const roleOf = (spec: { name: string; roleArn: string } | undefined): Principal => ({
  kind: 'role',
  roleArn: spec?.roleArn ?? '',
  sessionName: spec?.name ?? '',
});
