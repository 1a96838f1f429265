import type { Answer, Ending, FailureReason, SkipReason } from '../job/job.ts';
import { CACHE_RUNG_MS } from '../model/catalogue.ts';
import { answerKeyOf, placeOf } from './content.ts';
import { passOver, type Run, type RunPorts } from './run.ts';

type LastRungPorts = Pick<RunPorts, 'clock' | 'store' | 'vault'>;

/** The end of every chain: an answer given before to the same words, else the default one, else a failure. */
export const lastRungs = async (
  ports: LastRungPorts,
  run: Run,
  stageDefault: string,
  reason: FailureReason,
): Promise<Ending> => {
  const cached = await cachedAnswer(ports, run);
  if (typeof cached !== 'string') return { status: 'succeeded', answer: cached };
  passOver(run, { rung: 'cache', reason: cached }, ports.clock.now());
  const own = run.job.message.options?.defaultAnswer;
  if (own === false) return { status: 'failed', reason };
  return {
    status: 'succeeded',
    answer: { source: 'default', text: own ?? stageDefault, aiGenerated: false },
  };
};

/** The answer, or why there is none within its second. */
const cachedAnswer = async (ports: LastRungPorts, run: Run): Promise<Answer | SkipReason> => {
  const { clock } = ports;
  const timer = clock.timer(Math.max(Math.min(CACHE_RUNG_MS, run.endAtMs - clock.now()), 0));
  const late = new Promise<SkipReason>((resolve) => {
    timer.signal.addEventListener('abort', () => resolve('cache-unavailable'));
  });
  try {
    return await Promise.race([findAnswer(ports, run, timer.signal), late]);
  } catch {
    return 'cache-unavailable';
  } finally {
    timer.cancel();
  }
};

/** An answer may have been given to a job of other subjects: it takes their keys, and that none of them objects. */
const findAnswer = async (
  { store, vault }: LastRungPorts,
  { job, ring }: Run,
  signal: AbortSignal,
): Promise<Answer | SkipReason> => {
  const found = await store.findAnswer(answerKeyOf(ring, job), signal);
  if (found === undefined) return 'not-cached';
  const { jobId, subjects, answer, sealed } = found;
  const theirs = await vault.read(subjects);
  const opened = theirs.open(placeOf('answer', { jobId, tenantId: subjects.tenantId }), sealed);
  const isTheirs = opened.kind === 'opened' && theirs.standing(answer.generatedAtMs) === 'clear';
  return isTheirs ? { ...answer, source: 'cache', text: opened.text } : 'not-cached';
};
