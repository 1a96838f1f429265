import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  CognitoIdentityProviderClient,
  DescribeUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import * as z from 'zod';
import { createHttpClient } from '../client/http-client.ts';
import { Unusable } from '../command-line.ts';
import type { StageName } from '../config.ts';
import { outputsOf } from './aws-account.ts';
import type { SmokeClients } from './smoke-test.ts';

/** What a machine shows to get tokens. */
type MachineClient = { id: string; secret: string };

const grant = z.object({ access_token: z.string() });

/** A token by the client-credentials grant; each lives for an hour, and a smoke test for minutes. */
const tokenOf = async (
  tokenUrl: string,
  { id, secret }: MachineClient,
  more: object = {},
): Promise<string> => {
  const reply = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...more }),
  });
  if (!reply.ok) throw new Unusable(`${tokenUrl} gives no token: ${reply.status}`);
  return grant.parse(await reply.json()).access_token;
};

const clientsWith = (baseUrl: string, tokens: { product: string; operations: string }): SmokeClients => ({
  product: createHttpClient({ baseUrl, token: () => tokens.product }),
  operations: createHttpClient({ baseUrl, token: () => tokens.operations }),
});

const given = z.object({
  /** Tokens of a stage whose issuer is not ours. */
  RELAY_PRODUCT_TOKEN: z.string().optional(),
  RELAY_OPERATIONS_TOKEN: z.string().optional(),
  /** Where `npm start` is. */
  RELAY_API_PORT: z.coerce.number().default(3000),
  RELAY_ISSUER_PORT: z.coerce.number().default(4020),
});

type Given = z.infer<typeof given>;

/** Clients of a stage that has been deployed, or of what `npm start` has started. */
export const clientsOf = (stage: StageName, variables: object): Promise<SmokeClients> => {
  const known = given.parse(variables);
  return stage === 'local' ? localClients(known) : deployedClients(stage, known);
};

/** As the machine clients of its user pool, or with tokens that were given. */
const deployedClients = async (stage: string, tokens: Given): Promise<SmokeClients> => {
  const stackName = `relay-${stage}-api`;
  const outputs = await outputsOf(stackName);
  const baseUrl = outputs?.get('Url');
  if (baseUrl === undefined)
    throw new Unusable(`${stackName} is not deployed: npm run deploy -- --stage ${stage}`);
  const tokenUrl = outputs?.get('TokenUrl');
  if (tokenUrl !== undefined) {
    const pool = await machineClients(stackName);
    const [product, operations] = await Promise.all([
      tokenOf(tokenUrl, pool.product),
      tokenOf(tokenUrl, pool.operations),
    ]);
    return clientsWith(baseUrl, { product, operations });
  }
  const { RELAY_PRODUCT_TOKEN: product, RELAY_OPERATIONS_TOKEN: operations } = tokens;
  if (product === undefined || operations === undefined)
    throw new Unusable(
      'the stage has an issuer of its own: give tokens, RELAY_PRODUCT_TOKEN (jobs:read jobs:write privacy:write) and RELAY_OPERATIONS_TOKEN (ops:read ops:write)',
    );
  return clientsWith(baseUrl, { product, operations });
};

const localClients = async ({ RELAY_API_PORT, RELAY_ISSUER_PORT }: Given): Promise<SmokeClients> => {
  const tokenUrl = `http://127.0.0.1:${RELAY_ISSUER_PORT}/token`;
  const tokenFor = (id: string, scope: string) =>
    tokenOf(tokenUrl, { id, secret: 'local' }, { scope, tenant_id: 'smoke-test' });
  return clientsWith(`http://127.0.0.1:${RELAY_API_PORT}`, {
    product: await tokenFor('product', 'jobs:read jobs:write privacy:write'),
    operations: await tokenFor('operations', 'ops:read ops:write'),
  });
};

const machineClients = async (
  stackName: string,
): Promise<{ product: MachineClient; operations: MachineClient }> => {
  const { StackResources = [] } = await new CloudFormationClient().send(
    new DescribeStackResourcesCommand({ StackName: stackName }),
  );
  const idOf = (type: string, part: string) =>
    StackResources.find(
      ({ ResourceType, LogicalResourceId }) => ResourceType === type && LogicalResourceId?.includes(part),
    )?.PhysicalResourceId ?? '';
  const poolId = idOf('AWS::Cognito::UserPool', 'identitiesPool');
  const cognito = new CognitoIdentityProviderClient();
  const read = async (name: string): Promise<MachineClient> => {
    const id = idOf('AWS::Cognito::UserPoolClient', `identitiesPool${name}`);
    const { UserPoolClient } = await cognito.send(
      new DescribeUserPoolClientCommand({ UserPoolId: poolId, ClientId: id }),
    );
    return { id, secret: UserPoolClient?.ClientSecret ?? '' };
  };
  return { product: await read('product'), operations: await read('operations') };
};
