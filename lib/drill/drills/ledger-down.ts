import type { DrillContext, Finding } from '../drill.ts';
import { balancedBooks } from '../history/balance.ts';
import { nothingLostOrDoubled, oneAnswerEach, sizeOf, startWatchedRun } from '../history/watched-run.ts';
import { openBooks } from '../rig/books.ts';
import type { Rig } from '../rig/rig.ts';

const LANE = 'medium';

/** The ledger takes nothing from the workers of a lane: their jobs end as ever, and the repair queue brings all of it. */
export const ledgerDown = async (context: DrillContext): Promise<readonly Finding[]> => {
  const runFromMs = Date.now();
  const run = await startWatchedRun(context);
  const jobs = sizeOf(context, 30, 300);
  const detours = countDetours(run.rig);
  await run.rig.cloudFaults([
    {
      id: 'ledger-down',
      match: { functionName: `process-job-${LANE}`, table: 'relay-local-ledger' },
      fault: { kind: 'down' },
    },
  ]);
  await run.send(
    LANE,
    Array.from({ length: jobs }, () => ({})),
  );
  const judgement = await run.judge();
  return [
    ...nothingLostOrDoubled(judgement, jobs),
    oneAnswerEach(judgement, jobs),
    ...(await balancedBooks(openBooks(run.rig, runFromMs), new Set(), context.signal)),
    {
      expected: 'every entry took the way of the repair queue, and none was nowhere',
      found: `${detours.toRepair} batches with the entries of ${detours.entries} calls, ${detours.lost} lost`,
      holds: detours.entries === jobs && detours.lost === 0,
    },
  ];
};

const countDetours = (rig: Rig) => {
  const counts = { toRepair: 0, entries: 0, lost: 0 };
  rig.onLine((_name, line) => {
    if (!line.includes('"message":"ledger not written"')) return;
    if (line.includes('"kind":"lost"')) counts.lost += 1;
    else counts.toRepair += 1;
    counts.entries += Number(/"count":(\d+)/.exec(line)?.[1] ?? 0);
  });
  return counts;
};
