import type * as z from 'zod';
import type * as schemas from './http-api-schemas.ts';

type Integration = z.infer<typeof schemas.integration>;
type Authorizer = z.infer<typeof schemas.authorizer>;
type Route = z.infer<typeof schemas.route>;
type Stage = z.infer<typeof schemas.stage>;

/** The resources of HTTP APIs as templates declare them, those of one kind by what `Ref` says of them. */
export type HttpApiParts = {
  /** Ids, which stand for names too. */
  apis: string[];
  integrations: Map<string, Integration>;
  authorizers: Map<string, Authorizer>;
  routes: Route[];
  stages: Stage[];
};

export const noHttpApi = (): HttpApiParts => ({
  apis: [],
  integrations: new Map(),
  authorizers: new Map(),
  routes: [],
  stages: [],
});

/** Whom a route lets in: any holder of a token of this issuer with one of these scopes. */
export type RouteGuard = { issuer: string; audience: readonly string[]; scopes: readonly string[] };

/** How many requests there may be. */
export type Throttle = { perSecond: number; burst: number };

export type HttpRouteSpec = {
  /** `GET /v1/jobs/{jobId}` */
  key: string;
  functionArn: string;
  timeoutMs: number;
  /** Its own; absent: it has a share in the stage's. */
  throttle?: Throttle;
  /** Absent: open to everybody. */
  guard?: RouteGuard;
};

/** An HTTP API with all that belongs to it. */
export type HttpApiSpec = {
  id: string;
  routes: readonly HttpRouteSpec[];
  throttle: Throttle;
};

/** Joins the parts of the one API that a machine has a port for; `undefined` when the templates declare none. */
export const httpApiOf = ({ apis, stages, routes, ...parts }: HttpApiParts): HttpApiSpec | undefined => {
  const [api, ...others] = apis;
  if (api === undefined) return undefined;
  const [stage] = stages;
  if (others.length > 0 || stage === undefined)
    throw new Error('the local cloud runs one HTTP API, and that needs a stage');
  return {
    id: api,
    routes: routes.map((route) => {
      const own = stage.RouteSettings[route.RouteKey];
      return { ...routeOf(route, parts), ...(own && { throttle: throttleOf(own) }) };
    }),
    throttle: throttleOf(stage.DefaultRouteSettings),
  };
};

const throttleOf = (settings: Stage['DefaultRouteSettings']): Throttle => ({
  perSecond: settings.ThrottlingRateLimit,
  burst: settings.ThrottlingBurstLimit,
});

const routeOf = (
  { RouteKey, Target, AuthorizationType, AuthorizerId = '', AuthorizationScopes }: Route,
  { integrations, authorizers }: Pick<HttpApiParts, 'integrations' | 'authorizers'>,
): HttpRouteSpec => {
  const integration = integrations.get(Target.replace('integrations/', ''));
  const authorizer = authorizers.get(AuthorizerId);
  if (integration === undefined) throw new Error(`the route ${RouteKey} leads to no declared integration`);
  if (AuthorizationType === 'JWT' && authorizer === undefined)
    throw new Error(`the route ${RouteKey} names no declared authorizer`);
  return {
    key: RouteKey,
    functionArn: integration.IntegrationUri,
    timeoutMs: integration.TimeoutInMillis,
    ...(authorizer && {
      guard: {
        issuer: authorizer.JwtConfiguration.Issuer,
        audience: authorizer.JwtConfiguration.Audience,
        scopes: AuthorizationScopes,
      },
    }),
  };
};
