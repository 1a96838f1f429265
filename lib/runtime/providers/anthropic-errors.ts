import * as z from 'zod/mini';
import type { ModelFailure } from '../../pipeline/model/model.ts';
import { failureByStatus, statusOfErrorType } from './failure-by-status.ts';
import { word } from './word.ts';

const failures: ReadonlyMap<string, ModelFailure> = new Map<string, ModelFailure>([
  // A 429 of type rate_limit_error without retry-after: paused until the first of next month.
  ['enforced_spend_limit_reached', { kind: 'money', code: 'spend-limit' }],
  ['credit_balance_too_low', { kind: 'money', code: 'credit-exhausted' }],
  ['billing_error', { kind: 'money', code: 'payment-required' }],
  ['rate_limit_error', { kind: 'throttled', code: 'rate-limited' }],
  ['authentication_error', { kind: 'misconfigured', code: 'credentials-rejected' }],
  ['permission_error', { kind: 'misconfigured', code: 'credentials-rejected' }],
  ['not_found_error', { kind: 'misconfigured', code: 'model-not-found' }],
  ['request_too_large', { kind: 'invalid', code: 'request-too-large' }],
  ['overloaded_error', { kind: 'transient', code: 'overloaded' }],
  ['timeout_error', { kind: 'transient', code: 'provider-timeout' }],
  ['api_error', { kind: 'transient', code: 'provider-error' }],
]);

/**
 * Three 400s share the type `invalid_request_error` with every malformed request and carry no code of their own:
 * only how their sentence is worded tells them apart. It is matched here and goes no further.
 */
const wordings: readonly { pattern: RegExp; failure: ModelFailure }[] = [
  { pattern: /^You have reached your specified/, failure: { kind: 'money', code: 'spend-limit' } },
  { pattern: /credit balance is too low/, failure: { kind: 'money', code: 'credit-exhausted' } },
  { pattern: /blocked by content filtering/, failure: { kind: 'refused', code: 'content-policy' } },
];

const errorBody = z.object({
  error: z.object({
    type: word,
    message: word,
    details: z.optional(z.unknown()),
  }),
});

const errorDetails = z.object({ error_code: word });

/** An error reply of the Messages API. */
export const anthropicError = (status: number, body: unknown): ModelFailure => {
  const { error } = errorBody.safeParse(body).data ?? {};
  const { error_code: code } = errorDetails.safeParse(error?.details).data ?? {};
  return (
    failures.get(code ?? '') ??
    (status === 400 ? failureByWording(error?.message ?? '') : undefined) ??
    failures.get(error?.type ?? '') ??
    failureByStatus(status)
  );
};

/** The error that ends a stream: a reply's body without its status. */
export const anthropicStreamError = (event: unknown): ModelFailure =>
  anthropicError(statusOfErrorType(errorBody.safeParse(event).data?.error.type), event);

/** The error that came with a 200 in place of a message. Undefined when the body holds none. */
export const anthropicErrorInside = (body: unknown): ModelFailure | undefined =>
  errorBody.safeParse(body).success ? anthropicStreamError(body) : undefined;

const failureByWording = (message: string): ModelFailure | undefined =>
  wordings.find(({ pattern }) => pattern.test(message))?.failure;
