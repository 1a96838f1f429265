import * as z from 'zod/mini';
import type { ModelReply } from '../../pipeline/model/model.ts';

const thrown = z.object({ cause: z.object({ code: z.string() }) });

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

/**
 * There was no connection to send the request by: a provider that never got it cannot bill it. The other codes may also
 * come of one that broke later.
 */
const unsent: ReadonlySet<string> = new Set(['dns-failed', 'connection-refused', 'certificate-rejected']);

/**
 * Why `fetch` got no reply. Always transient, a rejected certificate too: whichever side renews it, calls may go on
 * once a probe gets through.
 */
export const connectionFailure = (error: unknown): ModelReply => {
  const code = codes.get(thrown.safeParse(error).data?.cause.code ?? '') ?? 'connection-failed';
  return {
    kind: 'failure',
    failure: { kind: 'transient', code },
    ...(unsent.has(code) && { unbilled: true }),
  };
};
