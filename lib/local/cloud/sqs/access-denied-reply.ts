import { type AccessDenied, sentenceOf } from '../iam/access-denied.ts';
import { snsError } from './sns-limits.ts';

/** How SQS and SNS say that a permission is missing, or who asks. */
export type DeniedReply = { status: number; type: string; headers: Record<string, string>; body: string };

/** SQS spells actions in small letters, and has the error's old name in a header for clients that know that. */
export const deniedBySqs = (denied: AccessDenied): DeniedReply => {
  const message = sentenceOf(denied, (action) => action.toLowerCase());
  return {
    ...sqsReply('AccessDeniedException', message),
    headers: { 'x-amzn-query-error': 'AccessDenied;Sender' },
  };
};

const sqsReply = (type: string, message: string): DeniedReply => ({
  status: 403,
  type: 'application/x-amz-json-1.0',
  headers: {},
  body: JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }),
});

const UNSIGNED = 'Request is missing Authentication Token';

/** Nobody has signed the request. */
export const unsigned = (service: 'sqs' | 'sns'): DeniedReply =>
  service === 'sqs'
    ? sqsReply('MissingAuthenticationTokenException', UNSIGNED)
    : snsReply(403, 'MissingAuthenticationToken', UNSIGNED);

/** SNS passes on what KMS refuses. */
export const deniedBySns = (denied: AccessDenied): DeniedReply =>
  denied.access.action.startsWith('kms:')
    ? snsReply(400, 'KMSAccessDenied', sentenceOf(denied))
    : authorizationError(sentenceOf(denied, (action) => action.replace('sns:', 'SNS:')));

export const authorizationError = (message: string): DeniedReply =>
  snsReply(403, 'AuthorizationError', message);

const snsReply = (status: number, code: string, message: string): DeniedReply => ({
  status,
  type: 'text/xml',
  headers: {},
  body: snsError({ code, message }),
});
