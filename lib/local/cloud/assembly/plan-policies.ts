import type * as z from 'zod';
import type { Statement } from './policy-schemas.ts';
import * as schemas from './policy-schemas.ts';

/** Who may do what, as the templates say. */
export type Policies = {
  /** What a role's own policies say, by its ARN. */
  ofRoles: Map<string, Statement[]>;
  /** What resources say of those who come to them, by their ARN: a role of those who may take it on. */
  ofResources: Map<string, Statement[]>;
};

export const noPolicies = (): Policies => ({ ofRoles: new Map(), ofResources: new Map() });

/** A resource of a template whose references are resolved. */
type Declared = {
  arn(): string;
  /** Its properties, checked. */
  as<T>(schema: z.ZodType<T>): T;
  /** The ARN of the account's resource of this kind and name. */
  arnOf(service: 'iam' | 'lambda' | 's3' | 'sqs', name: string): string;
};

type PolicyPlanner = (policies: Policies, declared: Declared) => void;

const add = (to: Map<string, Statement[]>, arn: string, statements: readonly Statement[]): void => {
  to.set(arn, [...(to.get(arn) ?? []), ...statements]);
};

const planRole: PolicyPlanner = ({ ofRoles, ofResources }, declared) => {
  const role = declared.as(schemas.role);
  const arn = declared.arn();
  const inline = role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument);
  add(ofRoles, arn, [...inline, ...role.ManagedPolicyArns.flat()]);
  add(
    ofResources,
    arn,
    role.AssumeRolePolicyDocument.map((trust) => ({ ...trust, Resource: [arn] })),
  );
};

const planRolePolicy: PolicyPlanner = ({ ofRoles }, declared) => {
  const { Roles, PolicyDocument } = declared.as(schemas.rolePolicy);
  for (const role of Roles) add(ofRoles, declared.arnOf('iam', role), PolicyDocument);
};

const planKey: PolicyPlanner = ({ ofResources }, declared) =>
  add(ofResources, declared.arn(), declared.as(schemas.key).KeyPolicy);

const planQueuePolicy: PolicyPlanner = ({ ofResources }, declared) => {
  const { Queues, PolicyDocument } = declared.as(schemas.queuePolicy);
  for (const url of Queues) add(ofResources, declared.arnOf('sqs', lastPart(url, '/')), PolicyDocument);
};

const planTopicPolicy: PolicyPlanner = ({ ofResources }, declared) => {
  const { Topics, PolicyDocument } = declared.as(schemas.topicPolicy);
  for (const arn of Topics) add(ofResources, arn, PolicyDocument);
};

const planBucketPolicy: PolicyPlanner = ({ ofResources }, declared) => {
  const { Bucket, PolicyDocument } = declared.as(schemas.bucketPolicy);
  add(ofResources, declared.arnOf('s3', Bucket), PolicyDocument);
};

const planSecretPolicy: PolicyPlanner = ({ ofResources }, declared) => {
  const { SecretId, ResourcePolicy } = declared.as(schemas.secretPolicy);
  add(ofResources, SecretId, ResourcePolicy);
};

const planPermission: PolicyPlanner = ({ ofResources }, declared) => {
  const { Action, FunctionName, Principal, SourceArn, SourceAccount } = declared.as(schemas.permission);
  const arn = declared.arnOf('lambda', lastPart(FunctionName, ':'));
  const Condition = {
    ...(SourceArn !== undefined && { ArnLike: { 'aws:SourceArn': [SourceArn] } }),
    ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': [SourceAccount] } }),
  };
  add(ofResources, arn, [
    { Effect: 'Allow', Principal: { Service: [Principal] }, Action: [Action], Resource: [arn], Condition },
  ]);
};

const lastPart = (text: string, separator: string): string => text.slice(text.lastIndexOf(separator) + 1);

export const policyPlanners: Readonly<Record<string, PolicyPlanner>> = {
  'AWS::IAM::ManagedPolicy': planRolePolicy,
  'AWS::IAM::Policy': planRolePolicy,
  'AWS::IAM::Role': planRole,
  'AWS::KMS::Key': planKey,
  'AWS::Lambda::Permission': planPermission,
  'AWS::SecretsManager::ResourcePolicy': planSecretPolicy,
  'AWS::S3::BucketPolicy': planBucketPolicy,
  'AWS::SNS::TopicPolicy': planTopicPolicy,
  'AWS::SQS::QueuePolicy': planQueuePolicy,
};
