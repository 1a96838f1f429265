import type { HttpClient } from '../../client/http-client.ts';
import { Unusable } from '../../command-line.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { messageOf } from '../generator/messages.ts';

/** How long each look waits, in seconds: nothing breaks one off, so it is short. */
const LOOK_SECONDS = 2;
/** A worker that is cold on a busy machine takes some seconds, a lane that is full takes longer. */
const LOOKS = 90;

type Api = Pick<HttpClient, 'submitJob' | 'getJob'>;
type Operations = Pick<HttpClient, 'listLanes'>;

/** One job through every lane before anything counts: whether the target works at all, and its workers are warm. */
export const warmUp = async (
  { api, operations }: { api: Api; operations: Operations },
  runId: string,
  signal: AbortSignal,
): Promise<void> => {
  await told('the target does not show its lanes', operations.listLanes());
  await Promise.all(laneNames.map((lane, number) => warmLane(api, { lane, number, runId }, signal)));
};

const warmLane = async (
  api: Api,
  { lane, number, runId }: { lane: LaneName; number: number; runId: string },
  signal: AbortSignal,
): Promise<void> => {
  const body = messageOf({ lane, model: 'gpt-5-nano' }, { runId, creator: 'warm-up' }, number);
  const headers = { 'x-correlation-id': `${runId}-warm-up` };
  const { jobId } = await told('the target does not take jobs', api.submitJob({ body, headers }));
  for (let look = 0; look < LOOKS; look += 1) {
    const reply = api.getJob({ params: { jobId }, query: { wait: LOOK_SECONDS } });
    const { endedAt } = await told('the target does not show its jobs', reply);
    if (endedAt !== undefined || signal.aborted) return;
  }
  throw new Unusable(
    `a job of lane ${lane} has not ended in ${LOOKS * LOOK_SECONDS} s: the target is stuck, or full`,
  );
};

type Said<Body> =
  | { kind: 'answer'; body: Body }
  | { kind: 'problem'; problem: { status: number; detail: string } }
  | { kind: 'refused'; status: number; message: string };

/** What was answered; anything else is said in one line. */
const told = async <Body>(what: string, asked: Promise<Said<Body>>): Promise<Body> => {
  const reply = await asked.catch((error: unknown) => {
    throw error instanceof Unusable
      ? error
      : new Unusable(
          `${what}: ${error instanceof SyntaxError ? 'something else answers there' : 'nobody answers'}`,
        );
  });
  switch (reply.kind) {
    case 'answer':
      return reply.body;
    case 'problem':
      throw new Unusable(`${what}: ${reply.problem.status}, ${reply.problem.detail}`);
    case 'refused':
      throw new Unusable(`${what}: ${reply.status}, ${reply.message}`);
  }
};
