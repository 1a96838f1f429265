import type { ServerResponse } from 'node:http';
import type { Frame, Transcript } from './transcript.ts';

/**
 * Sends the reply, each frame when it is due. `settle` is called just before the last bytes leave, so that the accounts
 * are never behind the client; it is not when the client hangs up first, and then the result is false.
 */
export const perform = async (
  response: ServerResponse,
  { contentType, frames, finale }: Transcript,
  settle: () => void,
): Promise<boolean> => {
  const startedMs = performance.now();
  response.setHeader('content-type', contentType);
  for (const { dueMs, bytes } of frames.slice(0, -1)) {
    if (!(await staysUntil(response, startedMs, dueMs))) return false;
    response.write(bytes);
  }
  const last = frames.at(-1) ?? { dueMs: 0, bytes: Buffer.alloc(0) };
  if (!(await staysUntil(response, startedMs, last.dueMs))) return false;
  if (finale !== 'hang') settle();
  finish(response, last, finale);
  return finale !== 'hang' || staysFor(response, Number.POSITIVE_INFINITY);
};

const finish = (response: ServerResponse, { bytes }: Frame, finale: Transcript['finale']): void => {
  switch (finale) {
    case 'end':
      response.end(bytes);
      return;
    case 'close':
      response.write(bytes, () => response.destroy());
      return;
    case 'hang':
      response.write(bytes);
  }
};

/** Counts from the start of the reply, so that late timers do not add up. */
const staysUntil = async (response: ServerResponse, startedMs: number, dueMs: number): Promise<boolean> => {
  const waitMs = dueMs === 0 ? 0 : startedMs + dueMs - performance.now();
  return waitMs <= 0 ? !response.destroyed : staysFor(response, waitMs);
};

/** Waits, and resolves to false as soon as the client hangs up. */
export const staysFor = (response: ServerResponse, ms: number): Promise<boolean> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve(false);
    const settle = (stays: boolean) => {
      clearTimeout(timer);
      response.off('close', onClose);
      resolve(stays);
    };
    const onClose = () => settle(false);
    const timer = Number.isFinite(ms) ? setTimeout(settle, ms, true) : undefined;
    response.once('close', onClose);
  });
