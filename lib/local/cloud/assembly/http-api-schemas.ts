import * as z from 'zod';
import { integrationTimeoutMs } from './declared-limits.ts';

// Properties of an HTTP API's resources; strict, as in resource-schemas.ts.

const ignored = z.unknown().optional();
const number = z.coerce.number();

export const api = z.strictObject({
  Description: ignored,
  Name: z.string(),
  ProtocolType: z.literal('HTTP'),
  Tags: ignored,
});

const routeSettings = z.strictObject({
  DetailedMetricsEnabled: ignored,
  ThrottlingBurstLimit: number.default(Infinity),
  ThrottlingRateLimit: number.default(Infinity),
});

export const stage = z.strictObject({
  AccessLogSettings: ignored,
  ApiId: z.string(),
  AutoDeploy: ignored,
  DefaultRouteSettings: routeSettings.prefault({}),
  RouteSettings: z.record(z.string(), routeSettings).default({}),
  StageName: z.literal('$default'),
  Tags: ignored,
});

export const integration = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: integrationTimeoutMs.default(30_000),
});

export const authorizer = z.strictObject({
  ApiId: z.string(),
  AuthorizerType: z.literal('JWT'),
  IdentitySource: z.tuple([z.literal('$request.header.Authorization')]),
  JwtConfiguration: z.strictObject({ Audience: z.array(z.string()), Issuer: z.url() }),
  Name: ignored,
});

export const route = z.strictObject({
  ApiId: z.string(),
  AuthorizationScopes: z.array(z.string()).default([]),
  AuthorizationType: z.enum(['JWT', 'NONE']).default('NONE'),
  AuthorizerId: z.string().optional(),
  RouteKey: z.string(),
  Target: z.string(),
});
