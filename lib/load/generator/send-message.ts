import type { JobKind } from '../../../load/scenario.ts';
import { type Desk, outcomeOf, timed, writeJob } from './desk.ts';
import { messageOf } from './messages.ts';

/** One message of a user, with the time at which it meant to send it. */
export type Message = { kind: JobKind; creator: string; dueAtMs: number };

/** Sends a message over HTTP. The id of its job, if it was taken. */
export const postMessage = async (desk: Desk, message: Message): Promise<string | undefined> => {
  const { kind, creator, dueAtMs } = message;
  const { runId } = desk.assignment;
  const number = desk.nextNumber();
  const correlationId = `${runId}-${number}`;
  const reply = await timed(
    desk,
    { name: 'submitJob', dueAtMs },
    () =>
      desk.api.submitJob({
        body: messageOf(kind, { runId, creator }, number),
        headers: { 'x-correlation-id': correlationId, 'idempotency-key': correlationId },
      }),
    outcomeOf,
  );
  if (reply?.kind !== 'answer') return undefined;
  const { jobId } = reply.body;
  writeJob(desk, { jobId, correlationId, lane: kind.lane, model: kind.model, dueAtMs });
  return jobId;
};

/** Sends a message by SQS, as a producer without HTTP does. */
export const produceMessage = async (desk: Desk, message: Message): Promise<void> => {
  const { kind, creator, dueAtMs } = message;
  const { runId, target } = desk.assignment;
  const number = desk.nextNumber();
  const correlationId = `${runId}-${number}`;
  const job = {
    ...messageOf(kind, { runId, creator }, number),
    tenantId: target.tenantId,
    jobId: correlationId,
  };
  const results = await timed(
    desk,
    { name: 'sendMessage', dueAtMs },
    () => desk.producer.send([{ job, correlationId }]),
    ([result]) =>
      result?.kind === 'sent'
        ? { outcome: 'answered', code: 'sent' }
        : { outcome: 'failed', code: result?.kind === 'failed' ? result.code : 'refused' },
  );
  if (results?.[0]?.kind !== 'sent') return;
  const { jobId } = results[0];
  writeJob(desk, { jobId, correlationId, lane: kind.lane, model: kind.model, dueAtMs });
};
