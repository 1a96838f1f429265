import { routeKeyOf, routeNames, routes } from '../../lib/api/routes.ts';
import { laneNames } from '../../lib/pipeline/job/lane.ts';
import { configOf, synthesize } from './synthesize.ts';

type Statement = { Action: string | string[]; Resource: unknown; Condition?: unknown };

const { api } = synthesize(configOf('production'));

const statements = Object.values(api.findResources('AWS::IAM::Policy')).flatMap(
  ({ Properties }): Statement[] => Properties.PolicyDocument.Statement,
);

/** `lane: actions` of every queue that a statement names. */
const rightsOn = (queue: 'Queue' | 'DeadLetters'): Record<string, string[]> =>
  Object.fromEntries(
    laneNames.map((lane) => [
      lane,
      statements
        .filter(({ Resource }) => JSON.stringify(Resource).includes(`lane${lane}${queue}`))
        .flatMap(({ Action }) => Action)
        .sort(),
    ]),
  );

const onEveryLane = (actions: string[]) => Object.fromEntries(laneNames.map((lane) => [lane, actions]));

describe('the HTTP API may', () => {
  it('send to lanes and see how full they are, and not receive from them', () => {
    expect(rightsOn('Queue')).toEqual(onEveryLane(['sqs:GetQueueAttributes', 'sqs:SendMessage']));
  });

  it('look through dead letters, take them out and have them moved, and not send there', () => {
    expect(rightsOn('DeadLetters')).toEqual(
      onEveryLane([
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ListMessageMoveTasks',
        'sqs:ReceiveMessage',
        'sqs:StartMessageMoveTask',
      ]),
    );
  });

  it('write circuits and the limits of tenants alone of what the fleet shares', () => {
    const writing = statements.filter(
      ({ Action, Resource }) =>
        Action.includes('dynamodb:UpdateItem') && JSON.stringify(Resource).includes('Fleet'),
    );
    expect(writing.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
      {
        Action: 'dynamodb:UpdateItem',
        Condition: {
          'ForAllValues:StringLike': {
            'dynamodb:LeadingKeys': ['circuit', 'submits#*', 'waits#*', 'rights#*'],
          },
        },
      },
    ]);
  });
});

it('its own clients ask for rights of people in the name of the tenant that they are', () => {
  const clients = Object.values(api.findResources('AWS::Cognito::UserPoolClient')).map(
    ({ Properties: { ClientName, AllowedOAuthScopes } }): [string, string[]] => [
      ClientName,
      AllowedOAuthScopes.map((scope: object) => JSON.stringify(scope).match(/\/([a-z:]+)/)?.[1]),
    ],
  );
  expect(Object.fromEntries(clients)).toEqual({
    product: ['jobs:read', 'jobs:write', 'privacy:write'],
    operations: ['ops:read', 'ops:write'],
  });
});

it('who needs no token cannot use up what is there for those who have one', () => {
  const [stage] = Object.values(api.findResources('AWS::ApiGatewayV2::Stage'));
  const shared = stage?.Properties.DefaultRouteSettings.ThrottlingRateLimit;
  const own: [string, { ThrottlingRateLimit: number }][] = Object.entries(stage?.Properties.RouteSettings);
  const open = routeNames.filter((name) => routes[name].scopes.length === 0);
  expect(own.map(([key]) => key).sort()).toEqual(open.map((name) => routeKeyOf(routes[name])).sort());
  for (const [, { ThrottlingRateLimit }] of own) expect(ThrottlingRateLimit).toBeLessThan(shared / 10);
  const declared = Object.entries(api.findResources('AWS::ApiGatewayV2::Route'));
  const awaited = declared.filter(([id]) => stage?.DependsOn.includes(id));
  expect(awaited.map(([, { Properties }]) => Properties.RouteKey).sort()).toEqual(
    own.map(([key]) => key).sort(),
  );
});
