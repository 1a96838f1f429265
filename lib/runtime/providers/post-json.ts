import type { ModelReply } from '../../pipeline/model.ts';
import { failedReply } from './failed-reply.ts';

/** A reply of a model is some KB. What is bigger is not one, and must not fill the function's memory. */
const MAX_REPLY_BYTES = 4 * 1024 * 1024;

export type HttpReply = {
  kind: 'http-reply';
  status: number;
  headers: Headers;
  /** Undefined when the body is no JSON, as with a proxy's error page. */
  body: unknown;
};

export type HttpPost = { url: string; headers: Record<string, string>; body: unknown };

/** One POST, once: no retry, no redirect (it would carry the prompt and the key elsewhere). Never throws. */
export const postJson = async (post: HttpPost, signal: AbortSignal): Promise<HttpReply | ModelReply> => {
  try {
    const response = await fetch(post.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { accept: 'application/json', 'content-type': 'application/json', ...post.headers },
      body: JSON.stringify(post.body),
      signal,
    });
    const text = await readCapped(response);
    if (text === undefined && response.ok) return failedReply('transient', 'reply-too-large');
    return { kind: 'http-reply', status: response.status, headers: response.headers, body: parseJson(text) };
  } catch {
    return failedReply('transient', signal.aborted ? 'timeout' : 'connection-failed');
  }
};

/** Counts bytes after decompression, so a small reply cannot unfold into a large one. */
const readCapped = async (response: Response): Promise<string | undefined> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_REPLY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const parseJson = (text: string | undefined): unknown => {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
};
