import * as z from 'zod';

// Policies of IAM as templates declare them. Strict: a part that is not evaluated here must fail, not be passed over.

const ignored = z.unknown().optional();

const listed = z
  .union([z.string(), z.boolean(), z.number(), z.array(z.string())])
  .transform((value) => [value].flat().map(String));

/** What the local cloud tells of a request (iam/needed-access.ts, iam/service-access.ts). */
const suppliedKeys = [
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:SecureTransport',
  'aws:SourceAccount',
  'aws:SourceArn',
  'dynamodb:EnclosingOperation',
  'dynamodb:Attributes',
  'dynamodb:LeadingKeys',
  'dynamodb:ReturnValues',
  'dynamodb:Select',
  'kms:CallerAccount',
  'kms:ViaService',
];

const isSupplied = (key: string): boolean =>
  suppliedKeys.some((supplied) => supplied.toLowerCase() === key.toLowerCase());

const condition = z.record(
  z.string(),
  z.record(z.string().refine(isSupplied, 'the local cloud does not tell this key of requests'), listed),
);

/** Of a role that says who may take it on: it speaks of itself. */
const trust = z.strictObject({
  Sid: ignored,
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.string(), z.record(z.string(), listed)]).exactOptional(),
  Action: listed,
  Condition: condition.exactOptional(),
});

const statement = trust.extend({ Resource: listed });

/** A statement of a policy, its texts in lists. */
export type Statement = Omit<z.infer<typeof statement>, 'Sid'>;

const documentOf = <Declared extends { Sid?: unknown }>(declared: z.ZodType<Declared>) =>
  z
    .strictObject({ Version: z.literal('2012-10-17'), Id: ignored, Statement: z.array(declared) })
    .transform(({ Statement: statements }) => statements.map(({ Sid: _, ...rest }) => rest));

const policyDocument = documentOf(statement);

/** What AWS's own policies say (AWS Managed Policy Reference), as far as they are used. */
const managedPolicies: ReadonlyMap<string, Statement[]> = new Map([
  [
    'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: ['*'],
      },
    ],
  ],
]);

const managedPolicy = z
  .string()
  .refine((arn) => managedPolicies.has(arn), 'what this policy of AWS says is not known here')
  .transform((arn) => managedPolicies.get(arn) ?? []);

export const role = z.strictObject({
  AssumeRolePolicyDocument: documentOf(trust),
  Description: ignored,
  ManagedPolicyArns: z.array(managedPolicy).default([]),
  MaxSessionDuration: ignored,
  Path: z.literal('/').optional(),
  Policies: z.array(z.strictObject({ PolicyName: ignored, PolicyDocument: policyDocument })).default([]),
  RoleName: ignored,
  Tags: ignored,
});

/** AWS::IAM::Policy, and AWS::IAM::ManagedPolicy, which has the same parts. */
export const rolePolicy = z.strictObject({
  Description: ignored,
  ManagedPolicyName: ignored,
  Path: ignored,
  PolicyDocument: policyDocument,
  PolicyName: ignored,
  Roles: z.array(z.string()),
});

export const key = z.looseObject({ KeyPolicy: policyDocument });
export const queuePolicy = z.strictObject({ PolicyDocument: policyDocument, Queues: z.array(z.string()) });
export const topicPolicy = z.strictObject({ PolicyDocument: policyDocument, Topics: z.array(z.string()) });
export const bucketPolicy = z.strictObject({ Bucket: z.string(), PolicyDocument: policyDocument });
export const secretPolicy = z.strictObject({
  BlockPublicPolicy: ignored,
  ResourcePolicy: policyDocument,
  SecretId: z.string(),
});

/** What `AddPermission` makes a statement of. */
export const permission = z.strictObject({
  Action: z.string(),
  FunctionName: z.string(),
  Principal: z.string().endsWith('.amazonaws.com', 'only services are known here'),
  SourceAccount: z.string().optional(),
  SourceArn: z.string().optional(),
});
