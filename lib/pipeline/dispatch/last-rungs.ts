import type { Answer, Ending, FailureReason, SkipReason } from '../job/job.ts';
import { CACHE_RUNG_MS } from '../model/catalogue.ts';
import { passOver, type Run, type RunPorts } from './run.ts';

type LastRungPorts = Pick<RunPorts, 'clock' | 'store'>;

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
const cachedAnswer = async (
  { clock, store }: LastRungPorts,
  { job, endAtMs }: Run,
): Promise<Answer | SkipReason> => {
  const timer = clock.timer(Math.max(Math.min(CACHE_RUNG_MS, endAtMs - clock.now()), 0));
  const late = new Promise<SkipReason>((resolve) => {
    timer.signal.addEventListener('abort', () => resolve('cache-unavailable'));
  });
  try {
    const found = await Promise.race([store.findAnswer(job, timer.signal), late]);
    return found ?? 'not-cached';
  } catch {
    return 'cache-unavailable';
  } finally {
    timer.cancel();
  }
};
