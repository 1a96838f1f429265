import * as z from 'zod/mini';
import type { ModelFailure } from '../../pipeline/model/model.ts';
import { failureByStatus, statusOfErrorType } from './failure-by-status.ts';
import { word } from './word.ts';

/** Error codes and types of OpenAI and Azure OpenAI. A code decides before its type: the type is coarser. */
const failures: ReadonlyMap<string, ModelFailure> = new Map<string, ModelFailure>([
  ['rate_limit_exceeded', { kind: 'throttled', code: 'rate-limited' }],
  ['too_many_requests', { kind: 'throttled', code: 'rate-limited' }],
  ['slow_down', { kind: 'throttled', code: 'slow-down' }],
  ['flex_unavailable', { kind: 'throttled', code: 'capacity' }],
  ['resource_unavailable', { kind: 'throttled', code: 'capacity' }],
  ['NoCapacity', { kind: 'throttled', code: 'capacity' }],
  ['insufficient_quota', { kind: 'money', code: 'quota-exhausted' }],
  ['billing_hard_limit_reached', { kind: 'money', code: 'spend-limit' }],
  ['credit_balance_exhausted', { kind: 'money', code: 'credit-exhausted' }],
  ['organization_spend_limit_exceeded', { kind: 'money', code: 'spend-limit' }],
  ['project_spend_limit_exceeded', { kind: 'money', code: 'spend-limit' }],
  ['organization_usage_limit_exceeded', { kind: 'money', code: 'usage-limit' }],
  ['content_filter', { kind: 'refused', code: 'content-policy' }],
  ['content_policy_violation', { kind: 'refused', code: 'content-policy' }],
  ['ResponsibleAIPolicyViolation', { kind: 'refused', code: 'content-policy' }],
  ['invalid_prompt', { kind: 'refused', code: 'content-policy' }],
  ['bio_policy', { kind: 'refused', code: 'content-policy' }],
  ['cyber_policy', { kind: 'refused', code: 'content-policy' }],
  ['misalignment_policy_violation', { kind: 'refused', code: 'content-policy' }],
  ['context_length_exceeded', { kind: 'invalid', code: 'context-too-long' }],
  ['invalid_api_key', { kind: 'misconfigured', code: 'credentials-rejected' }],
  ['model_not_found', { kind: 'misconfigured', code: 'model-not-found' }],
  ['DeploymentNotFound', { kind: 'misconfigured', code: 'model-not-found' }],
  // Parameters come from the catalogue, so a model that lacks one is a fault of the stage and not of the job.
  ['OperationNotSupported', { kind: 'misconfigured', code: 'parameter-not-supported' }],
  ['unsupported_parameter', { kind: 'misconfigured', code: 'parameter-not-supported' }],
  ['unsupported_value', { kind: 'misconfigured', code: 'parameter-not-supported' }],
  ['unknown_parameter', { kind: 'misconfigured', code: 'parameter-not-supported' }],
  ['server_overloaded', { kind: 'transient', code: 'overloaded' }],
  ['server_error', { kind: 'transient', code: 'provider-error' }],
]);

const errorBody = z.object({
  error: z.object({
    code: word,
    type: word,
    param: word,
    innererror: z.optional(z.unknown()),
  }),
});

const innerError = z.object({ code: word });

/** An error reply of the Responses API, at either provider. */
export const openAiError = (status: number, body: unknown): ModelFailure => {
  const { error } = errorBody.safeParse(body).data ?? {};
  // Azure answers an unsupported tier with a bare `invalid_request_error` and never falls back to its standard one.
  if (status === 400 && error?.param === 'service_tier')
    return { kind: 'misconfigured', code: 'tier-not-supported' };
  const inner = innerError.safeParse(error?.innererror).data;
  const words = [error?.code, inner?.code, error?.type];
  return words.map(failureOf).find((failure) => failure !== undefined) ?? failureByStatus(status);
};

/** The error that ends a stream. The API documents its fields on the event itself and sends them below `error`. */
export const openAiStreamError = (event: unknown): ModelFailure => {
  const { error } = errorBody.safeParse(event).data ?? {};
  return openAiError(statusOfErrorType(error?.type), error === undefined ? { error: event } : event);
};

/** The error that came with a 200 in place of a response, as gateways send it. Undefined when the body holds none. */
export const openAiErrorInside = (body: unknown): ModelFailure | undefined =>
  errorBody.safeParse(body).success ? openAiStreamError(body) : undefined;

/** The error inside a response whose status is `failed`: it came with a 200. */
export const openAiResponseError = (code: string | null | undefined): ModelFailure =>
  failureOf(code) ?? { kind: 'transient', code: 'provider-error' };

const failureOf = (code: string | null | undefined): ModelFailure | undefined => failures.get(code ?? '');
