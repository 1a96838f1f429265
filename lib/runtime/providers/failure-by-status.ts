import type { ModelFailure } from '../../pipeline/model/model.ts';

const failures: ReadonlyMap<number, ModelFailure> = new Map<number, ModelFailure>([
  [400, { kind: 'invalid', code: 'request-rejected' }],
  [401, { kind: 'misconfigured', code: 'credentials-rejected' }],
  [402, { kind: 'money', code: 'payment-required' }],
  [403, { kind: 'misconfigured', code: 'credentials-rejected' }],
  [404, { kind: 'misconfigured', code: 'model-not-found' }],
  [408, { kind: 'transient', code: 'provider-timeout' }],
  [409, { kind: 'transient', code: 'conflict' }],
  [410, { kind: 'misconfigured', code: 'model-not-found' }],
  [413, { kind: 'invalid', code: 'request-too-large' }],
  [422, { kind: 'invalid', code: 'request-rejected' }],
  [429, { kind: 'throttled', code: 'rate-limited' }],
  [451, { kind: 'refused', code: 'legal-reasons' }],
  [504, { kind: 'transient', code: 'provider-timeout' }],
  [529, { kind: 'transient', code: 'overloaded' }],
]);

/** What an HTTP status alone tells, for replies whose body names no error code that is known. */
export const failureByStatus = (status: number): ModelFailure =>
  failures.get(status) ?? failureByClass(Math.floor(status / 100));

/** A redirect or an odd 4xx comes of a wrong base URL or a proxy in between: not the job's fault, and no retry helps. */
const failureByClass = (statusClass: number): ModelFailure => {
  switch (statusClass) {
    case 3:
      return { kind: 'misconfigured', code: 'redirected' };
    case 5:
      return { kind: 'transient', code: 'provider-error' };
    default:
      return { kind: 'misconfigured', code: 'unexpected-status' };
  }
};

/** An error inside a stream came with a 200. Both APIs name a bad request the same; the rest is the server's fault. */
export const statusOfErrorType = (type: string | undefined): number =>
  type === 'invalid_request_error' ? 400 : 500;
