import type { ModelReply } from '../../pipeline/model/model.ts';
import { connectionFailure } from './connection-failure.ts';
import { failedReply } from './failed-reply.ts';

export type HttpPost = { url: string; headers: Record<string, string>; body: unknown };

/** A reply whose body has yet to be read. */
export type Posted = { kind: 'response'; response: Response };

/** One POST, once: no retry, no redirect (it would carry the prompt and the key elsewhere). Never throws. */
export const postJson = async (post: HttpPost, signal: AbortSignal): Promise<Posted | ModelReply> => {
  try {
    const response = await fetch(post.url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        accept: 'text/event-stream, application/json',
        'content-type': 'application/json',
        ...post.headers,
      },
      body: JSON.stringify(post.body),
      signal,
    });
    return { kind: 'response', response };
  } catch (error) {
    if (signal.aborted) return failedReply('transient', 'timeout');
    return connectionFailure(error);
  }
};
