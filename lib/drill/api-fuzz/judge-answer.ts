import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { holdsCanary } from './canary.ts';
import { type ApiOperation, bodySchemaOf, type readDocument } from './document.ts';
import type { FuzzRequest } from './fuzz-request.ts';

/** An answer as it came over the wire. */
export type FuzzAnswer = { status: number; headers: Readonly<Record<string, string>>; body: string };

/** What is wrong with an answer, by the document alone; `undefined` for nothing. */
export type Judge = (request: FuzzRequest, answer: FuzzAnswer) => string | undefined;

type Check = (exchange: {
  request: FuzzRequest;
  answer: FuzzAnswer;
  /** Without parameters. */
  type: string;
  validatorOf: Validators;
}) => string | undefined;

export const createJudge = ({ document }: Pick<ReturnType<typeof readDocument>, 'document'>): Judge => {
  const validatorOf = createValidators(document);
  return (request, answer) => {
    const type = answer.headers['content-type']?.split(';')[0] ?? '';
    for (const check of checks) {
      const fault = check({ request, answer, type, validatorOf });
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
};

const hasNotFailed: Check = ({ answer: { status } }) => (status >= 500 ? `is a ${status}` : undefined);

const namesRequest: Check = ({ answer: { headers }, type }) => {
  if (headers['apigw-requestid'] === undefined) return 'has no apigw-requestid';
  return type === 'application/problem+json' && headers['x-request-id'] === undefined
    ? 'has no x-request-id'
    : undefined;
};

const quotesNothing: Check = ({ answer: { status, body } }) =>
  status >= 400 && holdsCanary(body) ? 'quotes the request' : undefined;

const isDocumented: Check = ({ request: { operation }, answer: { status, body }, type, validatorOf }) => {
  const documented = operation.responses[status];
  if (documented === undefined) return `has the status ${status}, which is not documented`;
  const types = Object.keys(documented.content);
  if (types.length === 0) return body === '' ? undefined : 'has a body where none is documented';
  if (!types.includes(type)) return `is ${type || 'of no type'} where ${types} is documented`;
  if (type === 'text/csv') return undefined;
  const validate = validatorOf(operation, ['responses', String(status), 'content', type, 'schema']);
  return validate(jsonOf(body)) ? undefined : `breaks its schema: ${describe(validate)}`;
};

const acceptsTheDocumentedAlone: Check = ({ request: { operation, body }, answer, validatorOf }) => {
  if (answer.status >= 300 || body === undefined || bodySchemaOf(operation) === undefined) return undefined;
  const validate = validatorOf(operation, ['requestBody', 'content', 'application/json', 'schema']);
  const accepted = acceptedPartOf(jsonOf(body.toString()), jsonOf(answer.body));
  return accepted === undefined || validate(accepted)
    ? undefined
    : `accepts what the document does not: ${describe(validate)}`;
};

const batch = z.object({ jobs: z.array(z.unknown()) });

const itemized = z.object({ items: z.array(z.object({ kind: z.string(), index: z.int() })) });

/** A batch is judged job by job: those that were accepted; `undefined` when none was. */
const acceptedPartOf = (given: unknown, answered: unknown): unknown => {
  const [{ data: sent }, { data: told }] = [batch.safeParse(given), itemized.safeParse(answered)];
  if (sent === undefined || told === undefined) return given;
  const jobs = told.items.filter(({ kind }) => kind === 'accepted').map(({ index }) => sent.jobs[index]);
  return jobs.length === 0 ? undefined : { jobs };
};

const checks = [hasNotFailed, namesRequest, quotesNothing, isDocumented, acceptsTheDocumentedAlone];

/** A check by the schema that stands at a place in an operation. */
type Validators = (operation: ApiOperation, path: readonly string[]) => ValidateFunction;

/** Compiled at first use, out of the whole document, so that references lead somewhere. */
export const createValidators = (document: object): Validators => {
  const ajv = new Ajv2020({ strict: true, strictTypes: true, allErrors: false });
  for (const format of ['date', 'date-time']) ajv.addFormat(format, true); // a pattern stands beside it
  ajv.addVocabulary(Object.keys(document)); // the document as a whole is no schema
  ajv.addSchema(document, 'document', undefined, false);
  return ({ path, method }, within) => {
    const pointer = ['paths', path, method.toLowerCase(), ...within].map(escaped).join('/');
    const validate = ajv.getSchema(`document#/${pointer}`);
    if (validate === undefined) throw new Error(`the document has no ${pointer}`);
    return validate;
  };
};

/** For a JSON pointer in a URI. */
const escaped = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const describe = ({ errors }: ValidateFunction): string =>
  (errors ?? []).map(({ instancePath, message }) => `${instancePath || 'it'} ${message}`).join('; ');
