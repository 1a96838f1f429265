import * as z from 'zod';
import { type ProblemName, problemSchema, problems } from '../../lib/api/problem.ts';
import { scopes as allScopes } from '../../lib/api/scope.ts';

/** Where a running Relay is. */
export type Api = { endpoints: { api: string; tokens: string } };

/** What a token is to say; `audience`, `issuer` and `expiresIn` make tokens that are to be refused. */
export type TokenWish = {
  tenant: string;
  client?: string;
  scopes?: readonly string[];
  audience?: string;
  issuer?: string;
  expiresIn?: number;
};

const grant = z.object({ access_token: z.string() });

/** A token of the local issuer, as any client gets one. */
export const tokenFrom = async (
  { endpoints }: Api,
  { tenant, client = 'test', scopes = allScopes, audience, issuer, expiresIn }: TokenWish,
): Promise<string> => {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client,
    tenant_id: tenant,
    scope: scopes.join(' '),
    ...(audience !== undefined && { audience }),
    ...(issuer !== undefined && { issuer }),
    ...(expiresIn !== undefined && { expires_in: String(expiresIn) }),
  });
  const reply = await fetch(endpoints.tokens, { method: 'POST', body: form });
  return grant.parse(await reply.json()).access_token;
};

/** A request; a body goes as JSON unless it is a text. */
export type Ask = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
};

export type Answer = { status: number; headers: Headers; text: string };

/** Asks the API, with a token or without. */
export const ask = async (
  { endpoints }: Api,
  { method, path, body, headers }: Ask,
  token?: string,
): Promise<Answer> => {
  const response = await fetch(new URL(path, endpoints.api), {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

/** The body of an answer, which must have this status and this form. */
export const read = <Schema extends z.core.$ZodType>(
  answer: Answer,
  status: number,
  schema: Schema,
): z.output<Schema> => {
  expect({ status: answer.status, text: answer.text }).toEqual({ status, text: expect.any(String) });
  expect(answer.headers.get('content-type')).toContain('application/json');
  return z.parse(schema, JSON.parse(answer.text));
};

/** Holds an answer to a problem of this name, which is at fault with these fields. */
export const expectProblem = (answer: Answer, name: ProblemName, fields?: readonly string[]): void => {
  expect({ status: answer.status, text: answer.text }).toEqual({
    status: problems[name].status,
    text: expect.stringContaining(`urn:relay:problem:${name}`),
  });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.headers.get('x-request-id')).toBe(answer.headers.get('apigw-requestid'));
  const { faults = [] } = z.parse(problemSchema, JSON.parse(answer.text));
  if (fields !== undefined) expect(faults.map(({ field }) => field)).toEqual(fields);
};

/** Holds an answer to a refusal of API Gateway's own. */
export const expectRefusal = (answer: Answer, status: 401 | 403): void => {
  expect({ status: answer.status, body: JSON.parse(answer.text) }).toEqual({
    status,
    body: { message: status === 401 ? 'Unauthorized' : 'Forbidden' },
  });
  expect(answer.headers.get('apigw-requestid')).toMatch(/./);
};

const ofEachRequest = ['date', 'x-request-id', 'apigw-requestid'];

/** Everything that a caller may tell two answers apart by. */
export const tellable = ({ status, headers, text }: Answer) => ({
  status,
  headers: [...headers].filter(([name]) => !ofEachRequest.includes(name)),
  text,
});
