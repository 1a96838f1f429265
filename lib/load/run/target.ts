import * as z from 'zod';
import { Unusable } from '../../command-line.ts';

export const targetNames = ['local', 'staging', 'production'] as const;
export type TargetName = (typeof targetNames)[number];

/** Where load goes. */
export type Target = {
  name: TargetName;
  api: string;
  tokens: string;
  /** Whose jobs a run sends: the tenant of the client's tokens. */
  tenantId: string;
  /** Undefined: where the AWS SDK goes by itself. */
  sqs?: string;
  /** Control of a model server, whose faults may be switched on. */
  models?: string;
  /** Control of the local cloud, whose faults may be switched on. */
  control?: string;
};

/** The tenant whose jobs load runs send, at an issuer that gives a token for any. */
export const LOAD_TENANT = 'load';

/** A secret goes there. */
const url = z.url({ protocol: /^https$/ });

const deployed = z.object({
  RELAY_API_URL: url,
  RELAY_TOKEN_URL: url,
  RELAY_CLIENT_ID: z.string().min(1),
  RELAY_CLIENT_SECRET: z.string().min(1),
  RELAY_OPERATIONS_CLIENT_ID: z.string().min(1),
  RELAY_OPERATIONS_CLIENT_SECRET: z.string().min(1),
  /** Where an issuer's tokens name another tenant than the client itself. */
  RELAY_TENANT_ID: z.string().optional(),
});

const port = (fallback: number) => z.coerce.number().int().min(1).max(65_535).default(fallback);

const local = z.object({
  RELAY_API_PORT: port(3000),
  RELAY_ISSUER_PORT: port(4020),
  RELAY_AWS_PORT: port(4566),
  RELAY_MODEL_PORT: port(4010),
  RELAY_CONTROL_PORT: port(4011),
});

type Variables = Record<string, string | undefined>;

/** The addresses of a target; refuses, saying what is missing. */
export const targetOf = (name: TargetName, variables: Variables): Target =>
  name === 'local' ? localTarget(variables) : deployedTarget(name, variables);

const localTarget = (variables: Variables): Target => {
  const read = local.safeParse(variables);
  if (!read.success) throw new Unusable(`${namesOf(read.error)}: a port is a number from 1 to 65535`);
  const ports = read.data;
  const at = (number: number) => `http://127.0.0.1:${number}`;
  return {
    name: 'local',
    api: at(ports.RELAY_API_PORT),
    tokens: `${at(ports.RELAY_ISSUER_PORT)}/token`,
    tenantId: LOAD_TENANT,
    sqs: at(ports.RELAY_AWS_PORT),
    models: at(ports.RELAY_MODEL_PORT),
    control: at(ports.RELAY_CONTROL_PORT),
  };
};

const namesOf = ({ issues }: z.ZodError): string => issues.map(({ path }) => path.join('.')).join(', ');

const deployedTarget = (name: TargetName, variables: Variables): Target => {
  const read = deployed.safeParse(variables);
  if (!read.success) {
    throw new Unusable(
      `--target ${name} needs ${namesOf(read.error)} in the environment: the outputs of the stack relay-${name}-api, URLs with https://, and its two machine clients`,
    );
  }
  const { RELAY_API_URL: api, RELAY_TOKEN_URL: tokens, RELAY_CLIENT_ID, RELAY_TENANT_ID } = read.data;
  return { name, api, tokens, tenantId: RELAY_TENANT_ID ?? RELAY_CLIENT_ID };
};
