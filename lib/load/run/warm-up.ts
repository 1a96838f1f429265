import type { HttpClient } from '../../client/http-client.ts';
import { Unusable } from '../../command-line.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { messageOf } from '../generator/messages.ts';

/** Looks of 20 s each: a worker that is cold on a busy machine takes some seconds, a lane that is full takes longer. */
const LOOK_SECONDS = 20;
const LOOKS = 9;

/** One job through every lane before anything counts: whether the target works at all, and its workers are warm. */
export const warmUp = async (api: HttpClient, runId: string): Promise<void> => {
  await Promise.all(
    laneNames.map(async (lane, number) => {
      const body = messageOf({ lane, model: 'gpt-5-nano' }, { runId, creator: 'warm-up' }, number);
      const submitted = await api.submitJob({ body, headers: { 'x-correlation-id': `${runId}-warm-up` } });
      if (submitted.kind !== 'answer')
        throw new Unusable(`the target does not take jobs: ${wordsOf(submitted)}`);
      const { jobId } = submitted.body;
      for (let look = 0; look < LOOKS; look += 1) {
        const reply = await api.getJob({ params: { jobId }, query: { wait: LOOK_SECONDS } });
        if (reply.kind === 'answer' && reply.body.endedAt !== undefined) return;
      }
      throw new Unusable(
        `a job of lane ${lane} has not ended in ${LOOKS * LOOK_SECONDS} s: the target is stuck, or full`,
      );
    }),
  );
};

const wordsOf = (reply: Exclude<Awaited<ReturnType<HttpClient['submitJob']>>, { kind: 'answer' }>): string =>
  reply.kind === 'problem' ? `${reply.problem.status}, ${reply.problem.detail}` : String(reply.status);
