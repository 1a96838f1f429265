import type { Deployment, FunctionSpec } from '../assembly/deployment.ts';
import { httpApiOf } from '../assembly/plan-http-api.ts';
import { ACCOUNT_ID } from '../assembly/template-value.ts';
import { type Access, type Need, type Principal, roleOf } from './access.ts';
import { type Encryption, READING, WRITING } from './encryption.ts';

/** What services of AWS do by themselves once the templates are deployed, each with all that it needs. */
export const serviceAccess = (deployment: Deployment, encryption: Encryption, region: string): Access[] => [
  ...assumptions(deployment),
  ...deliveries(deployment, encryption),
  ...alarmNotices(deployment, encryption),
  ...invocations(deployment, region),
  ...polls(deployment, encryption),
];

const by = (service: string): Principal => ({ kind: 'service', name: `${service}.amazonaws.com` });

/** What a service tells of the resource for which it comes. */
const inTheNameOf = (arn: string) => ({ 'aws:SourceArn': arn, 'aws:SourceAccount': ACCOUNT_ID });

const access = (principal: Principal, needs: readonly Need[], context: Need['context']): Access[] =>
  needs.map((need) => ({ ...need, principal, context: { ...need.context, ...context } }));

const need = (action: string, resource: string): Need => ({ action, resource, context: {} });

/** Lambda takes on the role of each function ("The role defined for the function cannot be assumed by Lambda."). */
const assumptions = ({ functions }: Deployment): Access[] =>
  functions.flatMap(({ roleArn }) => access(by('lambda'), [need('sts:AssumeRole', roleArn)], {}));

const deliveries = (
  { subscriptions, functionSubscriptions }: Deployment,
  encryption: Encryption,
): Access[] => {
  const toQueue = (arn: string): Need[] => [need('sqs:SendMessage', arn), ...encryption(arn, WRITING)];
  const needed = [
    ...subscriptions.map((it) => ({ ...it, needs: toQueue(it.queueArn) })),
    ...functionSubscriptions.map((it) => ({ ...it, needs: [need('lambda:InvokeFunction', it.functionArn)] })),
  ];
  return needed.flatMap(({ topicArn, deadLetterQueueArn: dead, needs }) =>
    access(by('sns'), [...needs, ...(dead === undefined ? [] : toQueue(dead))], inTheNameOf(topicArn)),
  );
};

const alarmNotices = ({ alarms }: Deployment, encryption: Encryption): Access[] =>
  alarms.flatMap(({ arn, actions }) =>
    [...new Set(Object.values(actions).flat())].flatMap((topic) =>
      access(by('cloudwatch'), [need('sns:Publish', topic), ...encryption(topic, WRITING)], inTheNameOf(arn)),
    ),
  );

const invocations = ({ rules, httpApi }: Deployment, region: string): Access[] => {
  const invoke = (service: string, functionArn: string, sourceArn: string) =>
    access(by(service), [need('lambda:InvokeFunction', functionArn)], inTheNameOf(sourceArn));
  const api = httpApiOf(httpApi);
  return [
    ...rules.flatMap(({ arn, targets }) => targets.flatMap((target) => invoke('events', target.arn, arn))),
    ...(api?.routes ?? []).flatMap(({ key, functionArn }) => {
      const place = `arn:aws:execute-api:${region}:${ACCOUNT_ID}:${api?.id}/$default`;
      return invoke('apigateway', functionArn, `${place}/${key.replace(' ', '')}`);
    }),
  ];
};

/** A mapping that may not do these is not created ("The function execution role does not have permissions ..."). */
const POLLING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

const polls = ({ mappings, functions }: Deployment, encryption: Encryption): Access[] =>
  mappings.flatMap(({ functionName, queueArn }) => {
    const polling = POLLING.map((action) => need(action, queueArn));
    return access(
      roleOf(functions.find(({ name }) => name === functionName)),
      [...polling, ...encryption(queueArn, READING)],
      {},
    );
  });

/** What Lambda does in a function's role when that prints something. */
export const logWriting = (spec: FunctionSpec, region: string): Access[] => {
  const stream = `arn:aws:logs:${region}:${ACCOUNT_ID}:log-group:${spec.logGroup}:log-stream:local`;
  return access(roleOf(spec), [need('logs:CreateLogStream', stream), need('logs:PutLogEvents', stream)], {});
};
