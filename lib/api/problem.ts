import * as z from 'zod/mini';
import type { FieldFault } from '../pipeline/job/field-fault.ts';

/**
 * Every way in which a request that reached Relay may fail, by the last part of its `type`. Those are for programs and
 * never change; titles and details are for people. What API Gateway refuses by itself (`gatewayStatuses`) has its form.
 */
export const problems = {
  'invalid-request': { status: 400, title: 'The request is not as the API describes it' },
  'budget-exhausted': { status: 402, title: "The tenant's money for the day is spent" },
  'no-tenant': { status: 403, title: 'The token names no tenant' },
  'no-client': { status: 403, title: 'The token names no client' },
  'other-tenant': { status: 403, title: 'The request names a tenant that is not the token’s' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'idempotency-conflict': { status: 409, title: 'The key stands for another request' },
  'wrong-state': { status: 409, title: 'That cannot be done in this state' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Relay has failed' },
  unavailable: { status: 503, title: 'A part of Relay does not answer' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemName = keyof typeof problems;

/** A problem to be answered with. `detail` says what to do and quotes nothing of the request. */
export type Problem = {
  kind: 'problem';
  name: ProblemName;
  detail: string;
  faults?: readonly FieldFault[];
  /** When to try again, in seconds. */
  retryAfterSeconds?: number;
};

/** A problem as an operation answers it. */
export const problem = (
  name: ProblemName,
  detail: string,
  more: Pick<Problem, 'faults' | 'retryAfterSeconds'> = {},
): Problem => ({ kind: 'problem', name, detail, ...more });

/** A field that its schema lets pass and that means nothing. */
export const fieldProblem = (field: string, fault: string): Problem =>
  problem('invalid-request', 'Mend the fields that are named in faults.', { faults: [{ field, fault }] });

const typeOf = (name: ProblemName): string => `urn:relay:problem:${name}`;

/** RFC 9457 with the members that all of Relay's problems have; `faults` where fields are at fault. */
export const problemBody = ({ name, detail, faults }: Problem): z.infer<typeof problemSchema> => ({
  type: typeOf(name),
  title: problems[name].title,
  status: problems[name].status,
  detail,
  ...(faults && { faults: [...faults] }),
});

export const problemSchema = z
  .strictObject({
    type: z.string().check(z.describe('Names the kind of problem, for programs: urn:relay:problem:<name>.')),
    title: z.string(),
    status: z.int(),
    detail: z.string().check(z.describe('What is wrong with this request, and what to do.')),
    faults: z.optional(
      z
        .array(z.strictObject({ field: z.string(), fault: z.string() }))
        .check(z.describe('The fields at fault, as paths.')),
    ),
  })
  .check(z.describe('A problem (RFC 9457).'));

/** What API Gateway answers by itself, before Relay sees the request: no token, no scope, no route, no time. */
export const gatewayStatuses = [401, 403, 404, 413, 429, 500, 503] as const;

export const gatewayMessage = z
  .strictObject({ message: z.nullable(z.string()) })
  .check(z.describe("API Gateway's own refusal."));
