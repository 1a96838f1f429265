import { pause } from '../../local/sample/pause.ts';
import type { JobMessage } from '../../pipeline/job/job-message.ts';
import { type LaneName, laneNames } from '../../pipeline/job/lane.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { type BudgetRules, limitOfLane } from '../../pipeline/money/budget.ts';
import {
  type BudgetState,
  budgetStateSchema,
  emptyBudget,
  leasedMicroUsd,
  recordedMicroUsd,
} from '../../pipeline/money/budget-record.ts';
import { budgetKeyOf } from '../../pipeline/money/budgets.ts';
import { estimateCost } from '../../pipeline/money/estimate-cost.ts';
import { utcDay } from '../../pipeline/utc.ts';
import { createDynamoDbFleetStore } from '../../runtime/dynamodb-fleet-store.ts';
import { tenantHash } from '../../runtime/tenant-hash.ts';
import { atMost, type DrillContext, equal, type Finding } from '../drill.ts';
import { atLeast } from '../findings.ts';
import { billedCalls } from '../rig/billed-calls.ts';
import type { JobRow } from '../rig/job-row.ts';
import type { Rig } from '../rig/rig.ts';
import type { Message } from '../rig/steady-traffic.ts';

/** What the issue asks for. */
const JOBS_AT_ONCE = 50;

/** One model at one price, so that one estimate holds for all jobs. */
const message = {
  model: 'claude',
  allowedProcessors: ['anthropic'],
  input: { messages: [{ role: 'user', content: 'Bonjour ! When is the next live?' }] },
} satisfies Message;

const estimateMicroUsd = (): number => {
  const [offer] = defaultCatalogue.claude.offers;
  const job: JobMessage = {
    tenantId: 'any',
    creatorId: 'any',
    subjectRefs: [],
    priority: 'low',
    mode: 'draft',
    ...message,
  };
  if (offer === undefined) throw new Error('claude has no offer');
  return estimateCost(offer, job, 'default', Date.now());
};

const CRITICAL_SHARE = 0.2;

/** Fifteen calls' worth: what is left of it when fifty jobs come at once is less than a third of what they want. */
const scarce = () => ({ tenantId: 'tenant-scarce', budgetMicroUsd: 15 * estimateMicroUsd() });

const rulesOf = ({ tenantId, budgetMicroUsd }: ReturnType<typeof scarce>): BudgetRules => ({
  criticalShare: CRITICAL_SHARE,
  tenants: { [tenantId]: budgetMicroUsd },
});

/** Long enough that calls meet each other, shorter than any limit on the first event. In ms. */
const OVERLAP_MS = 2_000;

const sendAtOnce = async (rig: Rig, tenantId: string, jobs: number): Promise<JobRow[]> => {
  const sent = await Promise.all(
    Array.from({ length: jobs }, (_, at) =>
      rig.send(laneNames[at % laneNames.length] ?? 'low', [{ ...message, tenantId }]),
    ),
  );
  return Promise.all(sent.flat().map((jobId) => rig.ended(jobId)));
};

const isUnaffordable = ({ reason }: JobRow): boolean => reason === 'budget-exhausted';

/** Calls cost less than was estimated, so the budget pays for more of them than it seems. */
const LEAST_REFUSED = 0.3;

/** One job after the other, until there is no money for one in this lane. */
const spendAll = async (rig: Rig, tenantId: string, lane: LaneName): Promise<JobRow[]> => {
  const rows: JobRow[] = [];
  while (rows.length < MOST_JOBS && !rows.some(isUnaffordable)) {
    const [jobId = ''] = await rig.send(lane, [{ ...message, tenantId }]);
    rows.push(await rig.ended(jobId));
  }
  return rows;
};

/** More than any budget here pays for. */
const MOST_JOBS = 200;

const recordOf = async ({ dynamodb }: Rig, tenantId: string): Promise<BudgetState> => {
  const table = { client: dynamodb, tableName: 'relay-local-fleet', now: Date.now };
  const { family } = budgetKeyOf(tenantHash(tenantId), utcDay(Date.now()));
  const [record] = await createDynamoDbFleetStore(table).list(family);
  return budgetStateSchema.safeParse(record?.value).data ?? emptyBudget;
};

/** What an environment has leased comes back moments after its last job: a busy machine takes more of them. */
const MOST_LOOKS = 60;
const LOOK_EVERY_MS = 500;

const leasesAreBack = async (rig: Rig, tenantId: string, signal: AbortSignal): Promise<void> => {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    if (leasedMicroUsd(await recordOf(rig, tenantId)) === 0) return;
    await pause(LOOK_EVERY_MS, signal);
  }
};

/** Of calls that were under way when the last one began: the most that may be spent past the end. */
const inFlightAtTheEnd = (rows: readonly JobRow[], costs: ReadonlyMap<string, number>): number => {
  const calls = rows.flatMap(({ traceId, attempts }) => attempts.map((attempt) => ({ traceId, ...attempt })));
  const lastAtMs = Math.max(...calls.map(({ startedAtMs }) => startedAtMs));
  return calls
    .filter(({ startedAtMs, durationMs }) => startedAtMs + durationMs >= lastAtMs)
    .reduce((sum, { traceId }) => sum + (costs.get(traceId) ?? 0), 0);
};

/** A call that broke off is in the bill, or not, and its cost was never told: its estimate stands in the record. */
const costOfBrokenOff = (rows: readonly JobRow[], costs: ReadonlyMap<string, number>): number =>
  rows
    .filter(({ attempts }) => attempts.every(({ unpriced }) => unpriced))
    .reduce((sum, { traceId }) => sum + (costs.get(traceId) ?? 0), 0);

const judge = async (rig: Rig, budget: ReturnType<typeof scarce>, rows: readonly JobRow[]) => {
  const traceIds = new Set<string>(rows.map(({ traceId }) => traceId));
  const bill = (await billedCalls(rig)).filter(({ traceId }) => traceIds.has(traceId));
  const spentMicroUsd = bill.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
  const costs = new Map(bill.map(({ traceId, costMicroUsd }) => [traceId, costMicroUsd]));
  const refused = rows.filter(isUnaffordable);
  const guessed = rows.flatMap(({ attempts }) => attempts).filter(({ unpriced }) => unpriced);
  const guessedMicroUsd = guessed.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
  const knownMicroUsd = spentMicroUsd - costOfBrokenOff(rows, costs);
  const record = await recordOf(rig, budget.tenantId);
  return [
    atMost(
      `spent past a budget of ${budget.budgetMicroUsd} micro-dollars, of which ${spentMicroUsd} were spent`,
      Math.max(0, spentMicroUsd - budget.budgetMicroUsd),
      inFlightAtTheEnd(rows, costs),
      'micro-dollars, the calls under way then',
    ),
    equal(
      `the budget's record, against the models' own bill${guessed.length > 0 ? ` and ${guessed.length} estimates` : ''}`,
      recordedMicroUsd(record),
      knownMicroUsd + guessedMicroUsd,
    ),
    equal('leased beside it', leasedMicroUsd(record), 0),
    equal('refused jobs that were billed', refused.filter(({ traceId }) => costs.has(traceId)).length, 0),
    equal(
      'jobs that called nobody and ended in another way than for want of money',
      rows.filter((row) => !isUnaffordable(row) && row.attempts.length === 0).length,
      0,
    ),
    atLeast('jobs that ended for want of money', refused.length, JOBS_AT_ONCE * LEAST_REFUSED, 'jobs'),
  ];
};

const judgeReserve = (
  budget: ReturnType<typeof scarce>,
  record: BudgetState,
  rows: readonly JobRow[],
): Finding[] => {
  const others = limitOfLane(budget.budgetMicroUsd, CRITICAL_SHARE, 'low');
  return [
    {
      expected: `critical goes on past ${others} micro-dollars, where all others end`,
      found: `${rows.filter(({ answer }) => answer?.source === 'model').length} jobs answered; ${recordedMicroUsd(record)} spent`,
      holds: recordedMicroUsd(record) > others && rows.some(isUnaffordable),
    },
  ];
};

/** Fifty jobs come at once when a third of their money is there, in all lanes; then critical alone. */
export const budget = async (context: DrillContext): Promise<readonly Finding[]> => {
  const money = scarce();
  const rig = await context.startRig({
    providers: ['anthropic'],
    context: { budgets: JSON.stringify(rulesOf(money)) },
  });
  let warnings = 0;
  rig.onLine((_name, line) => {
    if (line.includes('"message":"budget nearly spent"')) warnings += 1;
  });
  await rig.modelFaults([{ id: 'overlap', match: {}, fault: { kind: 'lateStart', ms: OVERLAP_MS } }]);
  const first = await sendAtOnce(rig, money.tenantId, laneNames.length);
  const rush = await sendAtOnce(rig, money.tenantId, JOBS_AT_ONCE);
  context.say(`${rush.filter(isUnaffordable).length} of ${JOBS_AT_ONCE} jobs found no money`);
  await rig.modelFaults([]);
  const others = await spendAll(rig, money.tenantId, 'low');
  const last = await spendAll(rig, money.tenantId, 'critical');
  const rows = [...first, ...rush, ...others, ...last];
  await leasesAreBack(rig, money.tenantId, context.signal);
  return [
    ...(await judge(rig, money, rows)),
    ...judgeReserve(money, await recordOf(rig, money.tenantId), last),
    equal('warnings: of what other lanes may spend, and of all that critical may', warnings, 2),
  ];
};
