import { setTimeout as sleep } from 'node:timers/promises';
import { type Desk, outcomeOf, timed } from './desk.ts';

/** Between two looks at a job whose end is waited for, in ms: waits of a tenant are limited, then a look answers at once. */
export const LOOK_EVERY_MS = 500;
/** How long a look may wait for the end, in seconds. */
const LOOK_SECONDS = 10;

/** Looks at a job until it has ended, or until it is too late. */
export const untilEnded = async (desk: Desk, jobId: string, tooLateMs: number): Promise<void> => {
  while (Date.now() < tooLateMs) {
    const request = { params: { jobId }, query: { wait: LOOK_SECONDS } };
    const dueAtMs = Date.now();
    const reply = await timed(
      desk,
      { name: 'getJob (waits)', dueAtMs },
      () => desk.api.getJob(request),
      outcomeOf,
    );
    if (reply?.kind === 'answer' && reply.body.endedAt !== undefined) return;
    await sleep(LOOK_EVERY_MS);
  }
};
