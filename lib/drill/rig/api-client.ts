import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Rig } from './rig.ts';

/** An answer of the HTTP API that is no failure of its own. */
export type ApiAnswer = { status: number; body: unknown };

/** A caller of the HTTP API who repeats what fails. */
export type ApiClient = {
  ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<ApiAnswer>;
  /** Answers of 5xx so far. */
  failures(): number;
};

/** A caller with this token. Repeats after a 5xx at once, and after a 429 when it is told to, until the signal says stop. */
export const createApiClient = (
  { endpoints }: Pick<Rig, 'endpoints'>,
  token: string,
  signal: AbortSignal,
): ApiClient => {
  let failures = 0;
  const askOnce = async (method: string, path: string, body?: object, headers?: Record<string, string>) => {
    const response = await fetch(`${endpoints.api}${path}`, {
      method,
      signal,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
    return { status: response.status, body: z.unknown().parse(await response.json()), retryAfterMs };
  };
  return {
    ask: async (...request) => {
      for (;;) {
        const answer = await askOnce(...request);
        if (answer.status < 500 && answer.status !== 429) return answer;
        if (answer.status === 429) await sleep(answer.retryAfterMs, undefined, { signal });
        else failures += 1;
      }
    },
    failures: () => failures,
  };
};
