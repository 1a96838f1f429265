import * as z from 'zod/mini';
import type { ModelReply } from '../../pipeline/model/model.ts';
import { word } from './word.ts';

/** `errors` holds one error per address of a host that was tried in vain. */
const thrown = z.object({
  cause: z.object({ code: z.string(), syscall: word, errors: z.optional(z.array(z.unknown())) }),
});

type Cause = z.infer<typeof thrown>['cause'];

/** Codes of Node, its resolver, its HTTP client (UND_) and OpenSSL. */
const codes: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'dns-failed'],
  ['EAI_AGAIN', 'dns-failed'],
  ['ECONNREFUSED', 'connection-refused'],
  ['ECONNRESET', 'connection-reset'],
  ['EPIPE', 'connection-reset'],
  ['UND_ERR_SOCKET', 'connection-reset'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['CERT_HAS_EXPIRED', 'certificate-rejected'],
  ['CERT_NOT_YET_VALID', 'certificate-rejected'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-rejected'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-rejected'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate-rejected'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate-rejected'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-rejected'],
]);

/** A word of ours for such a code. */
export const wordOfFailure = (code: string): string => codes.get(code) ?? 'connection-failed';

/** Codes that only come before there is a connection, or before it may be used. */
const unsent: ReadonlySet<string> = new Set(['dns-failed', 'connection-refused', 'certificate-rejected']);

/**
 * There was no connection to send the request by: a provider that never got it cannot bill it. The system's codes for
 * a timeout and for an unreachable host also come of a connection that broke later, unless connecting met with them.
 */
const isUnsent = ({ code, syscall, errors }: Cause): boolean =>
  unsent.has(codes.get(code) ?? '') ||
  code === 'UND_ERR_CONNECT_TIMEOUT' ||
  syscall === 'connect' ||
  errors !== undefined;

/**
 * Why `fetch` got no reply. Always transient, a rejected certificate too: whichever side renews it, calls may go on
 * once a probe gets through.
 */
export const connectionFailure = (error: unknown): ModelReply => {
  const { cause } = thrown.safeParse(error).data ?? {};
  return {
    kind: 'failure',
    failure: { kind: 'transient', code: wordOfFailure(cause?.code ?? '') },
    ...(cause !== undefined && isUnsent(cause) && { unbilled: true }),
  };
};
