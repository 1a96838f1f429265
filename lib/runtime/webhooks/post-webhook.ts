import type { LookupAddress } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { resultOfReply, type TryResult } from '../../pipeline/webhooks/try.ts';
import { wordOfFailure } from '../providers/connection-failure.ts';
import { retryAfterMs } from '../providers/retry-after.ts';
import { findTarget, type Target, type TargetRules } from './target.ts';

export type Webhook = { url: string; headers: Readonly<Record<string, string>>; body: string };

/** One try to deliver a webhook. Never rejects. */
export type PostWebhook = (webhook: Webhook) => Promise<TryResult>;

/** One try, from the look-up of the host to the end of the reply, in ms. */
export const TRY_MS = 10_000;

/** Read of a reply, so that its sender is not cut off over a few words; what it says is of no interest. */
export const MOST_REPLY_BYTES = 65_536;

export const createPostWebhook =
  (rules: TargetRules): PostWebhook =>
  async (webhook) => {
    const signal = AbortSignal.timeout(TRY_MS);
    try {
      const target = await unlessAborted(signal, findTarget(webhook.url, rules));
      return target.kind === 'refused' ? target : await post(target, webhook, signal);
    } catch (error) {
      return { kind: 'failed', reason: signal.aborted ? 'timeout' : wordOfFailure(codeOf(error)) };
    }
  };

/** The system's resolver cannot be told to stop. */
const unlessAborted = async <Result>(signal: AbortSignal, promise: Promise<Result>): Promise<Result> => {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
};

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** The certificate is held against the URL's name, which TLS and HTTP are told, at the address that was checked. */
const post = async (
  { url, address }: Target,
  { headers, body }: Webhook,
  signal: AbortSignal,
): Promise<TryResult> => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  // No agent: a connection that is kept may be to an address that was checked some other time.
  const options = { method: 'POST', headers, signal, agent: false as const, lookup: pinnedTo(address) };
  const request = send(url, options, resolve);
  request.on('error', reject);
  request.end(body);
  const response = await promise;
  await drop(response);
  return resultOfReply(response.statusCode ?? 0, retryAfterMs(waitHeaders(response)));
};

const pinnedTo =
  ({ address, family }: LookupAddress): LookupFunction =>
  (_host, { all }, callback) =>
    all ? callback(null, [{ address, family }]) : callback(null, address, family);

/** The status has been read, so a reply that breaks off changes nothing. */
const drop = async (response: IncomingMessage): Promise<void> => {
  let bytes = 0;
  try {
    for await (const chunk of response) {
      bytes += Buffer.byteLength(chunk);
      if (bytes > MOST_REPLY_BYTES) break; // which ends the connection
    }
  } catch {
    // nobody wants the rest
  }
};

const waitHeaders = ({ headers }: IncomingMessage): Headers => {
  const { 'retry-after': retryAfter, date } = headers;
  return new Headers({ ...(retryAfter && { 'retry-after': retryAfter }), ...(date && { date }) });
};
