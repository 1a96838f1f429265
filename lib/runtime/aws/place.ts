import * as z from 'zod/mini';
import type { Credentials } from './sign.ts';

/** Of these the constructors of the SDK's clients take many more. */
export type ClientSettings = {
  region?: string;
  endpoint?: string;
  credentials?: Credentials;
  /** `connectionTimeout`: in ms. */
  requestHandler: { connectionTimeout: number };
};

/** Where a service is, and as whom it is called. */
export type Place = { endpoint: URL; region: string; credentials: Credentials };

const lambda = z.object({
  AWS_REGION: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.optional(z.string()),
});

/** As settings say, and otherwise the variables that Lambda sets, and who emulates a service. */
export const placeOf = (service: string, settings: ClientSettings, variables: NodeJS.ProcessEnv): Place => {
  const region = settings.region ?? lambda.parse(variables).AWS_REGION;
  return {
    region,
    credentials: settings.credentials ?? credentialsIn(variables),
    endpoint: new URL(settings.endpoint ?? variables[variableOf(service)] ?? endpointOf(service, region)),
  };
};

const variableOf = (service: string) =>
  `AWS_ENDPOINT_URL_${service === 'secretsmanager' ? 'SECRETS_MANAGER' : service.toUpperCase()}`;

/** Regions of China are under a domain of their own (docs.aws.amazon.com/general/latest/gr/rande.html). */
const endpointOf = (service: string, region: string) =>
  `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const credentialsIn = (variables: NodeJS.ProcessEnv): Credentials => {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = lambda.parse(variables);
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
  };
};
