import { isDeepStrictEqual } from 'node:util';
import type { Template } from './template.ts';

/**
 * What would be replaced by an empty one, or not be let go, if its logical id or one of these properties changed
 * (CloudFormation's resource reference, "Update requires: Replacement").
 */
const replacedBy: ReadonlyMap<string, readonly string[]> = new Map([
  ['AWS::ApiGatewayV2::Api', ['ProtocolType']],
  ['AWS::Cognito::UserPool', ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration']],
  ['AWS::Cognito::UserPoolClient', ['GenerateSecret', 'UserPoolId']],
  ['AWS::Cognito::UserPoolDomain', ['Domain', 'UserPoolId']],
  ['AWS::Cognito::UserPoolResourceServer', ['Identifier', 'UserPoolId']],
  ['AWS::DynamoDB::GlobalTable', ['TableName', 'KeySchema', 'LocalSecondaryIndexes']],
  ['AWS::KMS::Key', ['KeySpec', 'MultiRegion']],
  ['AWS::Logs::LogGroup', ['LogGroupName']],
  ['AWS::S3::Bucket', ['BucketName']],
  ['AWS::SNS::Topic', ['TopicName', 'FifoTopic']],
  ['AWS::SQS::Queue', ['QueueName', 'FifoQueue']],
  ['AWS::SecretsManager::Secret', ['Name']],
]);

/** What nobody misses when it is made anew. */
const madeAnew = new Set([
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::Events::Rule',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::CodeDeploy::Application',
  'AWS::CodeDeploy::DeploymentGroup',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Lambda::Version',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SecretsManager::ResourcePolicy',
]);

/** By stack and logical id, the type and what may not change. */
export type StatefulResources = Readonly<Record<string, unknown>>;

type NamedTemplate = { name: string; template: Template };

/** All that a stage keeps from one deploy to the next. */
export const statefulIn = (stacks: readonly NamedTemplate[]): StatefulResources =>
  Object.fromEntries(
    stacks.flatMap(({ name, template }) =>
      Object.entries(template.Resources).flatMap(([id, { Type, Properties }]) => {
        const names = replacedBy.get(Type);
        if (names === undefined) return [];
        const fixed = names.flatMap((key) => (key in Properties ? [[key, Properties[key]]] : []));
        return [[`${name} ${id}`, { Type, ...Object.fromEntries(fixed) }]];
      }),
    ),
  );

/** What differs from what is locked, as sentences with the way out; `list` is the file that locks it. */
export const replacementProblems = (
  stacks: readonly NamedTemplate[],
  locked: StatefulResources,
  list: string,
): string[] => {
  const found = statefulIn(stacks);
  const changed = Object.entries(locked).filter(([name, was]) => !isDeepStrictEqual(was, found[name]));
  const added = Object.entries(found).filter(([name]) => !Object.hasOwn(locked, name));
  return [
    ...changed.map(([name, was]) => describeChange(name, was, found[name], list)),
    ...added.map(([name, is]) => `${name} is new: add it to ${list}: ${JSON.stringify({ [name]: is })}`),
    ...untoldTypes(stacks).map(
      (type) => `${type}: say in lib/deploy/stateful-resources.ts whether it holds what would be missed`,
    ),
  ];
};

const describeChange = (name: string, was: unknown, is: unknown, list: string): string => {
  const what =
    is === undefined
      ? 'no longer has this logical id'
      : `was ${JSON.stringify(was)} and is ${JSON.stringify(is)}`;
  return `${name} ${what}: the next deploy begins with an empty one, and leaves or deletes the one with the data. Change it back (overrideLogicalId keeps an id), or move the data first and then change ${list}`;
};

const untoldTypes = (stacks: readonly NamedTemplate[]): string[] => {
  const types = stacks.flatMap(({ template }) => Object.values(template.Resources).map(({ Type }) => Type));
  return [...new Set(types)].filter((type) => !replacedBy.has(type) && !madeAnew.has(type));
};
