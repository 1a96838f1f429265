import * as z from 'zod/mini';
import type { StoreKind } from '../map/store.ts';

/** A CloudFormation template, as far as the map is held against it. */
const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z._default(z.record(z.string(), z.unknown()), {}),
    }),
  ),
});

export type Resource = {
  logicalId: string;
  type: string;
  properties: Readonly<Record<string, unknown>>;
  /** Its name in AWS, or its construct's where AWS is left to name it. */
  name: string;
};

/** All that a template declares. */
export const resourcesOf = (template: unknown): Resource[] =>
  Object.entries(templateSchema.parse(template).Resources).map(
    ([logicalId, { Type: type, Properties: properties }]) => {
      const given = nameProperties.map((name) => properties[name]).find((name) => typeof name === 'string');
      return { logicalId, type, properties, name: given ?? logicalId.replace(CDK_HASH, '') };
    },
  );

const CDK_HASH = /[0-9A-F]{8}$/;

/** What holds or carries data. */
export const storeTypes: ReadonlyMap<string, StoreKind> = new Map([
  ['AWS::DynamoDB::GlobalTable', 'table'],
  ['AWS::DynamoDB::Table', 'table'],
  ['AWS::SQS::Queue', 'queue'],
  ['AWS::SNS::Topic', 'topic'],
  ['AWS::Logs::LogGroup', 'log-group'],
  ['AWS::S3::Bucket', 'bucket'],
  ['AWS::SecretsManager::Secret', 'secret'],
  ['AWS::KMS::Key', 'key'],
  ['AWS::Cognito::UserPool', 'user-pool'],
]);

const nameProperties = [
  'TableName',
  'QueueName',
  'TopicName',
  'LogGroupName',
  'BucketName',
  'UserPoolName',
  'FunctionName',
  'Name',
] as const;

/** What keeps no data of its own, and why. A type that is in neither list fails the check. */
export const keepsNothing: ReadonlyMap<string, string> = new Map([
  ['AWS::ApiGatewayV2::Api', 'hands requests on'],
  ['AWS::ApiGatewayV2::Authorizer', 'a rule'],
  ['AWS::ApiGatewayV2::Integration', 'a rule'],
  ['AWS::ApiGatewayV2::Route', 'a rule'],
  ['AWS::ApiGatewayV2::Stage', 'its access log is a log group'],
  ['AWS::CloudWatch::Alarm', 'numbers without persons'],
  ['AWS::CloudWatch::CompositeAlarm', 'numbers without persons'],
  ['AWS::CloudWatch::Dashboard', 'numbers without persons'],
  ['AWS::CodeDeploy::Application', 'a name'],
  ['AWS::CodeDeploy::DeploymentGroup', 'a rule'],
  ['AWS::Cognito::UserPoolClient', 'part of its pool'],
  ['AWS::Cognito::UserPoolDomain', 'an address'],
  ['AWS::Cognito::UserPoolResourceServer', 'names of scopes'],
  ['AWS::Events::Rule', 'a schedule'],
  ['AWS::IAM::Policy', 'a rule'],
  ['AWS::IAM::Role', 'a rule'],
  ['AWS::KMS::Alias', 'a name'],
  ['AWS::Lambda::Alias', 'a name'],
  ['AWS::Lambda::EventSourceMapping', 'hands messages on'],
  ['AWS::Lambda::Function', 'its log is a log group; what it sends is in the processors’ register'],
  ['AWS::Lambda::Permission', 'a rule'],
  ['AWS::Lambda::Version', 'a function as it was deployed'],
  ['AWS::S3::BucketPolicy', 'a rule'],
  ['AWS::SNS::Subscription', 'an address, part of its topic'],
  ['AWS::SNS::TopicPolicy', 'a rule'],
  ['AWS::SQS::QueuePolicy', 'a rule'],
]);
