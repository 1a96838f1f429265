import * as z from 'zod/mini';
import { gatewayMessage, gatewayStatuses, type ProblemName, problemSchema, problems } from './problem.ts';
import { type AnswerSpec, type RouteSpec, tags } from './route.ts';
import { routes } from './routes.ts';
import { job, listedJob, submittedJob } from './schemas/job.ts';
import { mayChange } from './scope.ts';

/** Schemas that stand in the document once and are referred to. */
const components = {
  Job: job,
  ListedJob: listedJob,
  SubmittedJob: submittedJob,
  Problem: problemSchema,
  GatewayMessage: gatewayMessage,
} as const;

/** Where the API is: the document of a stage names its own. */
export type Server = { url: string };

/** The OpenAPI 3.1 document, made of the routes and nothing else. */
export const openApiDocument = (server?: Server) => ({
  openapi: '3.1.0',
  info: {
    title: 'Relay',
    version: '1',
    description:
      'LLM jobs in priority lanes. The tenant is the one of the token. Errors are problems (RFC 9457), ' +
      'those of API Gateway itself a message. Every answer names its request in the header `apigw-requestid`, ' +
      "and Relay's own in `x-request-id` too.",
  },
  ...(server && { servers: [server] }),
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  paths: pathsOf(Object.entries(routes)),
  components: {
    schemas: Object.fromEntries(
      Object.entries(components).map(([name, schema]) => [name, jsonSchemaOf(schema)]),
    ),
    securitySchemes: {
      token: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'Of the issuer of the stage.',
      },
    },
  },
});

const pathsOf = (named: readonly [string, RouteSpec][]) => {
  const byPath = Map.groupBy(named, ([, { path }]) => path);
  return Object.fromEntries(
    [...byPath].map(([path, group]) => [
      path,
      Object.fromEntries(group.map(([name, spec]) => [spec.method.toLowerCase(), operationOf(name, spec)])),
    ]),
  );
};

const operationOf = (operationId: string, spec: RouteSpec) => {
  const { summary, description = '', scopes } = spec;
  const needs = scopes.length === 0 ? '' : `Needs the scope ${scopes.map((it) => `\`${it}\``).join(' or ')}.`;
  const body = spec.documentedBody ?? spec.body;
  return {
    operationId,
    tags: [spec.tag],
    summary,
    description: [description, needs].filter((text) => text !== '').join(' '),
    security: scopes.length === 0 ? [] : [{ token: [] }],
    parameters: [
      ...parametersOf('path', spec.params),
      ...parametersOf('query', spec.query),
      ...parametersOf('header', spec.headers),
    ],
    ...(body && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: referenceTo(body), example: spec.example } },
      },
    }),
    responses: responsesOf(spec),
  };
};

const parametersOf = (place: 'path' | 'query' | 'header', schema: z.ZodMiniType | undefined) => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchemaOf(schema);
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
};

/** Answers of Relay, and of the gateway where it stands in front: by status, since both may have one in common. */
const responsesOf = (spec: RouteSpec) => {
  const byStatus = new Map<number, { description: string; content: object }>();
  for (const [status, answer] of Object.entries(spec.answers))
    byStatus.set(Number(status), { description: answer.description, content: contentOf(answer) });
  if (spec.method === 'GET')
    byStatus.set(304, { description: 'Nothing has changed since `If-None-Match`.', content: {} });
  const problemsByStatus = Map.groupBy<number, ProblemName>(
    problemsOf(spec),
    (name) => problems[name].status,
  );
  for (const status of new Set([...problemsByStatus.keys(), ...gatewayStatusesOf(spec)]))
    byStatus.set(status, refusalOf(status, problemsByStatus.get(status) ?? [], spec));
  return Object.fromEntries([...byStatus].toSorted(([one], [other]) => one - other));
};

const problemsOf = ({ problems: named, scopes }: RouteSpec): readonly ProblemName[] => [
  'invalid-request',
  ...(scopes.length > 0 ? (['no-tenant'] as const) : []),
  ...(mayChange(scopes) ? (['no-client'] as const) : []),
  ...named,
  'internal',
];

const gatewayStatusesOf = ({ scopes }: RouteSpec): readonly number[] =>
  gatewayStatuses.filter((status) => scopes.length > 0 || (status !== 401 && status !== 403));

const refusalOf = (status: number, names: readonly ProblemName[], spec: RouteSpec) => ({
  description:
    names.map((name) => `${name}: ${problems[name].title}.`).join(' ') || 'Refused by API Gateway.',
  content: {
    ...(names.length > 0 && { 'application/problem+json': { schema: referenceTo(problemSchema) } }),
    ...(gatewayStatusesOf(spec).includes(status) && {
      'application/json': { schema: referenceTo(gatewayMessage) },
    }),
  },
});

const contentOf = ({ body, csv }: AnswerSpec) => ({
  'application/json': { schema: referenceTo(body) },
  ...(csv !== undefined && { 'text/csv': { schema: { type: 'string' } } }),
});

const referenceTo = (schema: z.ZodMiniType) => {
  const [name] = Object.entries(components).find(([, component]) => component === schema) ?? [];
  return name === undefined ? jsonSchemaOf(schema) : { $ref: `#/components/schemas/${name}` };
};

/** As it goes over the wire in either direction. */
const jsonSchemaOf = (schema: z.ZodMiniType) => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
};
