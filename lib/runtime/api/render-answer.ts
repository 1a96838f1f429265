import type { APIGatewayProxyEventHeaders, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Problem, problemBody, problems } from '../../api/problem.ts';
import type { AnswerSpec, CsvSpec } from '../../api/route.ts';
import { sha256 } from '../sha256.ts';
import { csvText } from './csv-text.ts';
import { weightOf } from './media-type-weight.ts';

/** An answer of any route. */
export type Answer = {
  kind: 'answer';
  status: number;
  body: unknown;
  headers?: Readonly<Record<string, string>>;
};

type Asked = { method: string; headers: APIGatewayProxyEventHeaders; requestId: string };

/** What an operation said, as API Gateway wants it. */
export const renderAnswer = (
  result: Answer | Problem,
  specs: Readonly<Record<number, AnswerSpec>>,
  asked: Asked,
): APIGatewayProxyStructuredResultV2 =>
  result.kind === 'problem'
    ? renderProblem(result, asked)
    : renderBody(result, specs[result.status]?.csv, asked);

const renderProblem = (found: Problem, asked: Asked): APIGatewayProxyStructuredResultV2 => ({
  statusCode: problems[found.name].status,
  headers: {
    ...commonHeaders(asked),
    'content-type': 'application/problem+json',
    ...(found.retryAfterSeconds !== undefined && { 'retry-after': String(found.retryAfterSeconds) }),
  },
  body: JSON.stringify(problemBody(found)),
});

const renderBody = (
  { status, body, headers }: Answer,
  csv: CsvSpec | undefined,
  asked: Asked,
): APIGatewayProxyStructuredResultV2 => {
  const isCsv = csv !== undefined && prefersCsv(asked.headers.accept);
  const text = isCsv ? csvOf(body, csv) : JSON.stringify(body);
  const all = {
    ...commonHeaders(asked),
    'content-type': isCsv ? 'text/csv; charset=utf-8' : 'application/json',
    ...(csv !== undefined && { vary: 'accept' }),
    ...headers,
  };
  if (asked.method !== 'GET') return { statusCode: status, headers: all, body: text };
  const etag = `"${sha256(text).slice(0, 22)}"`;
  return isKnown(asked.headers['if-none-match'], etag)
    ? { statusCode: 304, headers: { ...all, etag } }
    : { statusCode: status, headers: { ...all, etag }, body: text };
};

/** Answers hold content of persons: nobody on the way may keep them. `no-cache` would let a browser do so. */
const commonHeaders = ({ requestId }: Asked) => ({ 'x-request-id': requestId, 'cache-control': 'no-store' });

/** Weakly compared, as If-None-Match asks for (RFC 9110, 13.1.2). */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header?.split(',').some((known) => known.trim() === '*' || known.trim().replace(/^W\//, '') === etag) ??
  false;

const prefersCsv = (accept = '*/*'): boolean =>
  weightOf('text/csv', accept) > weightOf('application/json', accept);

const csvOf = (body: unknown, { list, columns }: CsvSpec): string => {
  const around = fieldsOf(body);
  const rows = around[list];
  return csvText(columns, Array.isArray(rows) ? rows.map((row) => ({ ...around, ...fieldsOf(row) })) : []);
};

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
