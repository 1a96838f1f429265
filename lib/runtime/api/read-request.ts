import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { type Problem, problem } from '../../api/problem.ts';
import type { RouteSpec } from '../../api/route.ts';
import { type FieldFault, faultsOf } from '../../pipeline/job/field-fault.ts';

/** The parts of a request that a route has a schema for, parsed; `undefined` where it has none. */
export type RequestParts = { params: unknown; query: unknown; headers: unknown; body: unknown };

type Parsed = { kind: 'parts'; parts: RequestParts } | Problem;

type Event = Pick<
  APIGatewayProxyEventV2,
  'pathParameters' | 'queryStringParameters' | 'headers' | 'body' | 'isBase64Encoded'
>;

/** Reads a request by the schemas of its route. Everything that is wrong is told at once. */
export const readRequest = (spec: RouteSpec, event: Event): Parsed => {
  const body = spec.body === undefined ? { kind: 'body' as const, body: undefined } : readBody(spec, event);
  if (body.kind === 'problem') return body;
  const given = {
    params: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    headers: event.headers,
    body: body.body,
  };
  const faults: FieldFault[] = [];
  const parse = (part: keyof RequestParts): unknown => {
    const schema = spec[part];
    if (schema === undefined) return undefined;
    const parsed = schema.safeParse(given[part]);
    if (parsed.success) return parsed.data;
    faults.push(...faultsOfPart(part, parsed.error));
    return undefined;
  };
  const parts = {
    params: parse('params'),
    query: parse('query'),
    headers: parse('headers'),
    body: parse('body'),
  };
  if (faults.length === 0) return { kind: 'parts', parts };
  return problem('invalid-request', 'Mend the fields that are named in faults.', { faults });
};

/** A field of the body is named as it stands there; others with the part of the request that they stand in. */
const faultsOfPart = (part: keyof RequestParts, { issues }: z.core.$ZodError): FieldFault[] =>
  faultsOf(issues, `the ${part}`).map(({ field, fault }) => ({
    field: part === 'body' || field.startsWith('the ') ? field : `${part}.${field}`,
    fault,
  }));

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

const readBody = (spec: RouteSpec, event: Event): { kind: 'body'; body: unknown } | Problem => {
  if (!JSON_TYPE.test(event.headers['content-type'] ?? ''))
    return problem('unsupported-media-type', 'Send JSON, with the header content-type: application/json.');
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  const { maxBodyBytes = 0 } = spec;
  if (bytes.byteLength > maxBodyBytes)
    return problem(
      'too-large',
      `The body has ${bytes.byteLength} bytes, this endpoint takes ${maxBodyBytes}.`,
    );
  try {
    return { kind: 'body', body: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return problem('invalid-request', 'The body is not a JSON document in UTF-8.');
  }
};
