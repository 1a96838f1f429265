import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** What a service answers. */
export type AwsAnswer = { status: number; body: string; headers?: Record<string, string> };

/** Answers by the name of what is asked: an action of a query, a target, or a path. */
export type Answers = Readonly<Record<string, AwsAnswer>>;

export const xml = (action: string, result: string): AwsAnswer => ({
  status: 200,
  body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
});

export const queryError = (code: string, message: string): AwsAnswer => ({
  status: 400,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

export const json = (body: object, status = 200): AwsAnswer => ({ status, body: JSON.stringify(body) });

export const jsonError = (name: string, status = 400): AwsAnswer => ({
  ...json({ __type: name, message: name }, status),
  headers: { 'x-amzn-errortype': name },
});

/** `tokens`: who asked for tokens, with what secret. A server in AWS's wire formats, for what the local cloud has no part of: accounts, stacks, functions' settings. */
export const startAws = async (answers: Answers) => {
  const tokens: string[] = [];
  const server = createServer(async (request, response) => {
    const name = nameOf(request, await text(request));
    const [, basic] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (basic !== undefined) tokens.push(Buffer.from(basic, 'base64').toString());
    const { status, body, headers } = answers[name] ?? jsonError('AccessDenied', 403);
    response.writeHead(status, { 'content-type': 'text/plain', ...headers }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    tokens: () => tokens.toSorted(),
    stop: () => server.close(),
  };
};

const nameOf = ({ url = '', headers }: IncomingMessage, body: string): string => {
  const action = new URLSearchParams(body).get('Action');
  const target = headers['x-amz-target'];
  if (action !== null) return [action, new URLSearchParams(body).get('StackName')].filter(Boolean).join(' ');
  return typeof target === 'string' ? (target.split('.').at(-1) ?? '') : url;
};
