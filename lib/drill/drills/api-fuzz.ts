import { scopes } from '../../api/scope.ts';
import { CANARY, holdsCanary } from '../api-fuzz/canary.ts';
import { runFuzz } from '../api-fuzz/run-fuzz.ts';
import { type DrillContext, equal, type Finding } from '../drill.ts';
import { atLeast } from '../findings.ts';
import { sizeOf } from '../history/watched-run.ts';
import type { Rig } from '../rig/rig.ts';

/** Of the jobs that requests submit, those in one lane stay in it: there is always one to cancel. */
const jobsWaitHere = {
  id: 'no-worker',
  match: { functionName: 'process-job-low' },
  fault: { kind: 'no-concurrency' },
};

/** Jobs end at once, with an answer or refused: there is always one to retry. */
const halfIsRefused = { id: 'refusal', match: { probability: 0.5 }, fault: { kind: 'refusal' } };

/** Sends requests of every kind to every endpoint, and holds answers to the document and lines to the canary. */
export const apiFuzz = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await context.startRig();
  const lines = watchLines(rig);
  await rig.cloudFaults([jobsWaitHere]);
  await rig.modelFaults([halfIsRefused]);
  const report = await runFuzz({
    apiUrl: rig.endpoints.api,
    tokens: await tokensOf(rig),
    requests: sizeOf(context, 500, 20_000),
    seed: context.seed,
    nowMs: Date.now(),
    signal: context.signal,
    say: context.say,
  });
  const statuses = [...report.byStatus].toSorted(([one], [other]) => one - other);
  return [
    {
      expected: 'every answer is as the document says, and none is a 5xx',
      found: `${report.wrong} of ${report.answers} are not; ${statuses.map(([status, count]) => `${status}: ${count}`).join(', ')}${report.faults.map((fault) => `\n${fault}`).join('')}`,
      holds: report.wrong === 0,
    },
    ...(context.profile === 'long' // a few hundred requests may miss the one thing that an operation needs
      ? [equal('operations that no request has led to success', report.neverSucceeded, [])]
      : []),
    equal('lines with content', lines.leaks, []),
    atLeast('lines of the API that were looked at', lines.ofApi(), report.byStatus.get(200) ?? 1, 'lines'),
  ];
};

const tokensOf = async (rig: Rig) => ({
  one: await rig.token({ tenantId: CANARY, scopes }),
  other: await rig.token({ tenantId: `${CANARY}-other`, scopes }),
  scopeless: await rig.token({ tenantId: CANARY, scopes: [] }),
  garbage: CANARY,
});

const MOST_LEAKS = 5;

const watchLines = (rig: Rig) => {
  const leaks: string[] = [];
  let ofApi = 0;
  rig.onLine((functionName, line) => {
    if (functionName.endsWith('http-api')) ofApi += 1;
    if (leaks.length < MOST_LEAKS && holdsCanary(line)) leaks.push(`${functionName} ${line}`);
  });
  return { leaks, ofApi: () => ofApi };
};
