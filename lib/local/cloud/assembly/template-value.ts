import type { Assembly, Resource, Stack } from './assembly.ts';

export const ACCOUNT_ID = '000000000000';

/** What stands before the name in the ARN of a service's resources. */
const arnPrefixes = {
  cloudwatch: 'alarm:',
  dynamodb: 'table/',
  events: 'rule/',
  iam: 'role/',
  kms: 'key/',
  lambda: 'function:',
  logs: 'log-group:',
  s3: '',
  secretsmanager: 'secret:',
  sns: '',
  sqs: '',
} as const;

type Service = keyof typeof arnPrefixes;

/** Roles belong to no region, and buckets not even to an account. */
const placeOf = (region: string, service: Service): string => {
  if (service === 's3') return ':';
  return service === 'iam' ? `:${ACCOUNT_ID}` : `${region}:${ACCOUNT_ID}`;
};

/** Of this account's resource of that name. */
export const arnIn = (region: string, service: Service, name: string): string =>
  `arn:aws:${service}:${placeOf(region, service)}:${arnPrefixes[service]}${name}`;

/** Where the emulated resources are reachable: what CloudFormation would know after it created them. */
export type Site = { region: string; awsEndpoint: string };

/** Everything that an intrinsic function in a template may refer to. */
export type Scope = { assembly: Assembly; stack: Stack; site: Site };

type Intrinsic = (scope: Scope, argument: unknown) => unknown;

/** Replaces all intrinsic functions in a template value by what they stand for. */
export const resolveValue = (scope: Scope, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((element) => resolveValue(scope, element));
  if (typeof value === 'string') return refuseDynamicReference(scope, value);
  if (!isRecord(value)) return value;
  const [name, argument] = Object.entries(value)[0] ?? [];
  if (name !== undefined && isIntrinsic(name, value)) return intrinsicNamed(scope, name)(scope, argument);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, element]) => !isNoValue(element))
      .map(([key, element]) => [key, resolveValue(scope, element)]),
  );
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isIntrinsic = (name: string, value: object): boolean =>
  Object.keys(value).length === 1 && (name === 'Ref' || name.startsWith('Fn::'));

/** CloudFormation drops a property whose value is this reference. */
const isNoValue = (value: unknown): boolean => isRecord(value) && value.Ref === 'AWS::NoValue';

const refuseDynamicReference = (scope: Scope, text: string): string => {
  if (text.includes('{{resolve:')) throw unsupported(scope, 'a dynamic reference ({{resolve:...}})');
  return text;
};

const unsupported = (scope: Scope, what: string): Error =>
  new Error(`stack ${scope.stack.name} uses ${what}, which the local cloud does not know`);

const intrinsicNamed = (scope: Scope, name: string): Intrinsic => {
  const intrinsic = intrinsics[name];
  if (intrinsic === undefined) throw unsupported(scope, `the intrinsic function ${name}`);
  return intrinsic;
};

const text = (scope: Scope, value: unknown): string => {
  const resolved = resolveValue(scope, value);
  if (typeof resolved === 'string' || typeof resolved === 'number') return String(resolved);
  throw unsupported(scope, 'an intrinsic function whose argument is not a text');
};

const list = (scope: Scope, value: unknown): unknown[] => {
  const resolved = Array.isArray(value) ? value : resolveValue(scope, value);
  if (Array.isArray(resolved)) return resolved;
  throw unsupported(scope, 'an intrinsic function whose argument is not a list');
};

const join: Intrinsic = (scope, argument) => {
  const [separator, parts] = list(scope, argument);
  return list(scope, parts)
    .map((part) => text(scope, part))
    .join(text(scope, separator));
};

const split: Intrinsic = (scope, argument) => {
  const [separator, source] = list(scope, argument);
  return text(scope, source).split(text(scope, separator));
};

const select: Intrinsic = (scope, argument) => {
  const [index, values] = list(scope, argument);
  return resolveValue(scope, list(scope, values)[Number(index)]);
};

const substitute: Intrinsic = (scope, argument) => {
  const [template, variables] = Array.isArray(argument) ? argument : [argument];
  return String(template).replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal !== '') return `\${${name}}`;
    if (isRecord(variables) && name in variables) return text(scope, variables[name]);
    const [logicalId = '', attribute] = splitOnce(name);
    return attribute === undefined ? referTo(scope, name) : attributeOf(scope, logicalId, attribute);
  });
};

const splitOnce = (name: string): [string, string | undefined] => {
  const at = name.indexOf('.');
  return at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
};

const getAttribute: Intrinsic = (scope, argument) => {
  const [logicalId, attribute] = typeof argument === 'string' ? splitOnce(argument) : list(scope, argument);
  return attributeOf(scope, text(scope, logicalId), text(scope, attribute));
};

/** A strong cross-stack reference: by export name, unique in an account and region. */
const importValue: Intrinsic = (scope, argument) => {
  const name = text(scope, argument);
  for (const stack of scope.assembly.stacks) {
    const inner = { ...scope, stack };
    for (const output of stack.outputs.values()) {
      if (output.exportName !== undefined && text(inner, output.exportName) === name) {
        return resolveValue(inner, output.value);
      }
    }
  }
  throw new Error(`stack ${scope.stack.name} imports "${name}", which no stack of the assembly exports`);
};

/** A weak cross-stack reference: by stack and output name, without an export. */
const getStackOutput: Intrinsic = (scope, argument) => {
  const { StackName, OutputName } = isRecord(argument) ? argument : {};
  const stack = scope.assembly.stacks.find(({ name }) => name === text(scope, StackName));
  const output = stack?.outputs.get(text(scope, OutputName));
  if (stack === undefined || output === undefined) {
    throw new Error(
      `stack ${scope.stack.name} refers to an output of another stack that the assembly does not have`,
    );
  }
  return resolveValue({ ...scope, stack }, output.value);
};

const referTo = (scope: Scope, name: string): string => {
  const { site, stack } = scope;
  const pseudo: Record<string, string> = {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Region': site.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack.name,
    'AWS::StackId': `arn:aws:cloudformation:${site.region}:${ACCOUNT_ID}:stack/${stack.name}/local`,
  };
  const known = pseudo[name] ?? stack.parameters.get(name);
  if (typeof known === 'string') return known;
  const resource = resourceNamed(scope, name);
  const { ref, arn } = identitiesOf(scope, resource);
  return ref ?? arn ?? physicalName(scope, resource);
};

const resourceNamed = (scope: Scope, logicalId: string): Resource => {
  const resource = scope.stack.resources.get(logicalId);
  if (resource !== undefined) return resource;
  throw new Error(
    `stack ${scope.stack.name} refers to "${logicalId}", which is no resource or parameter of it`,
  );
};

const attributeOf = (scope: Scope, logicalId: string, attribute: string): string => {
  const resource = resourceNamed(scope, logicalId);
  const name = physicalName(scope, resource);
  if (attribute === 'Arn' || attribute === 'TopicArn') {
    return identitiesOf(scope, resource).arn ?? `arn:aws:local:${scope.site.region}:${ACCOUNT_ID}:${name}`;
  }
  if (attribute === 'QueueName' || attribute === 'TopicName') return name;
  if (attribute === 'QueueUrl') return referTo(scope, logicalId);
  if (attribute === 'Version') return ONLY_VERSION;
  throw unsupported(scope, `the attribute ${attribute} of ${resource.type} "${logicalId}"`);
};

/** What `Ref` and the ARN of a resource are; types that are not run locally have a name only. */
const identitiesOf = (scope: Scope, resource: Resource): { ref?: string; arn?: string } => {
  const name = physicalName(scope, resource);
  const arn = (service: Service, suffix = '') => arnIn(scope.site.region, service, `${name}${suffix}`);
  switch (resource.type) {
    case 'AWS::SQS::Queue':
      return { ref: `${scope.site.awsEndpoint}/${ACCOUNT_ID}/${name}`, arn: arn('sqs') };
    case 'AWS::SNS::Topic':
      return { ref: arn('sns'), arn: arn('sns') };
    case 'AWS::DynamoDB::Table':
    case 'AWS::DynamoDB::GlobalTable':
      return { ref: name, arn: arn('dynamodb') };
    case 'AWS::IAM::Role':
      return { ref: name, arn: arn('iam') };
    case 'AWS::KMS::Key':
      return { ref: name, arn: arn('kms') };
    case 'AWS::Lambda::Alias':
      return { ref: qualifiedArn(scope, resource, name) };
    case 'AWS::Lambda::Version':
      return { ref: qualifiedArn(scope, resource, ONLY_VERSION) };
    case 'AWS::S3::Bucket':
      return { ref: name, arn: arn('s3') };
    case 'AWS::Lambda::Function':
      return { ref: name, arn: arn('lambda') };
    case 'AWS::Logs::LogGroup':
      return { ref: name, arn: arn('logs', ':*') };
    case 'AWS::CloudWatch::Alarm':
    case 'AWS::CloudWatch::CompositeAlarm':
      return { ref: name, arn: arn('cloudwatch') };
    case 'AWS::Events::Rule':
      return { ref: name, arn: arn('events') };
    case 'AWS::SecretsManager::Secret':
      // Secrets Manager appends six random characters to the name; ours are always the same.
      return { ref: arn('secretsmanager', '-local0'), arn: arn('secretsmanager', '-local0') };
    default:
      return {};
  }
};

/** Nothing is deployed a second time into a local cloud. */
const ONLY_VERSION = '1';

const qualifiedArn = (scope: Scope, { properties }: Resource, qualifier: string): string =>
  arnIn(scope.site.region, 'lambda', `${text(scope, properties.FunctionName)}:${qualifier}`);

const nameProperties: Record<string, string> = {
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
  'AWS::Events::Rule': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::Lambda::Alias': 'Name',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::Logs::LogGroup': 'LogGroupName',
};

/** The declared name, or a generated one: as CloudFormation does, without its random end. */
export const physicalName = (scope: Scope, { type, logicalId, properties }: Resource): string => {
  const declared = properties[nameProperties[type] ?? ''];
  return declared === undefined ? `${scope.stack.name}-${logicalId}` : text(scope, declared);
};

const intrinsics: Record<string, Intrinsic> = {
  Ref: (scope, argument) => referTo(scope, text(scope, argument)),
  'Fn::GetAtt': getAttribute,
  'Fn::Join': join,
  'Fn::Split': split,
  'Fn::Select': select,
  'Fn::Sub': substitute,
  'Fn::ImportValue': importValue,
  'Fn::GetStackOutput': getStackOutput,
};
