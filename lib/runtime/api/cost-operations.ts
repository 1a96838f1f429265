import { fieldProblem, type Problem, problem } from '../../api/problem.ts';
import type { RequestOf } from '../../api/route.ts';
import type { Routes } from '../../api/routes.ts';
import { instantOf } from '../../api/schemas/common.ts';
import { MOST_COST_DAYS } from '../../api/schemas/operations.ts';
import { isOperator } from '../../api/scope.ts';
import { costReport, usdText } from '../../pipeline/money/cost-report.ts';
import type { Sums } from '../../pipeline/money/ledger.ts';
import { allTenantsDayOf, tenantDayOf } from '../../pipeline/money/totals.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { DAY_MS, dayStartMs, daysBetween, utcDay } from '../../pipeline/utc.ts';
import type { DayTotals } from '../ledger/day-totals.ts';
import { createLimiter } from '../limiter.ts';
import type { Operations } from './operations.ts';

type Ports = {
  totals: DayTotals;
  clock: Pick<Clock, 'now'>;
  /** How long the totals of an hour are kept, in seconds. */
  keptSeconds: number;
};

/** Days that are read at a time. */
const AT_ONCE = 8;

const USUAL_DAYS = 7;

/** What finance asks. */
export const createCostOperations = (ports: Ports): Pick<Operations, 'getCosts'> => ({
  getCosts: async ({ caller, query }) => {
    const whose = whoseCosts(caller, query);
    if (whose.kind === 'problem') return whose;
    const period = periodOf(query, ports);
    if (period.kind === 'problem') return period;
    const { from, to } = period;
    const { groupBy = 'day' } = query;
    const foldedUntilMs = await ports.totals.foldedUntilMs(); // first: what is read afterwards may be newer, never older
    const days = await readDays(ports.totals, daysBetween(from, to), whose);
    const { rows, groups, total } = costReport(days, groupBy);
    const body = {
      ...{ from, to, groupBy },
      ...(whose.kind === 'tenant' ? { scope: whose.kind, tenantId: whose.tenantId } : { scope: whose.kind }),
      ...(foldedUntilMs !== undefined && { asOf: instantOf(foldedUntilMs) }),
      total: sumsView(total),
      groups: groups.map(({ key, sums }) => ({ key, ...sumsView(sums) })),
      rows: rows.map(({ day, key, sums }) => ({ day, key, ...sumsView(sums) })),
    };
    return { kind: 'answer', status: 200, body };
  },
});

type Asked = RequestOf<Routes['getCosts']>;
type Whose = { kind: 'tenant'; tenantId: string } | { kind: 'all-tenants' };

const whoseCosts = (caller: Asked['caller'], { tenantId }: Asked['query']): Whose | Problem => {
  if (isOperator(caller))
    return tenantId === undefined ? { kind: 'all-tenants' } : { kind: 'tenant', tenantId };
  if (tenantId !== undefined && tenantId !== caller.tenantId)
    return problem('other-tenant', 'Leave tenantId out, or get a token of that tenant or of an operator.');
  return { kind: 'tenant', tenantId: caller.tenantId };
};

type Period = { kind: 'period'; from: string; to: string };

/** The days that are asked for, until today. Those that are not kept any more would look as if nothing was spent. */
const periodOf = (query: Asked['query'], { clock, keptSeconds }: Ports): Period | Problem => {
  const nowMs = clock.now();
  const today = utcDay(nowMs);
  const to = query.to === undefined || query.to > today ? today : query.to;
  const from = query.from ?? utcDay(dayStartMs(to) - (USUAL_DAYS - 1) * DAY_MS);
  if (from > to) return fieldProblem('query.from', 'is later than `to`, or than today (UTC)');
  if (dayStartMs(from) + keptSeconds * 1000 < nowMs)
    return fieldProblem(
      'query.from',
      `is too long ago: costs are kept for ${(keptSeconds * 1000) / DAY_MS} days`,
    );
  if (dayStartMs(to) - dayStartMs(from) >= MOST_COST_DAYS * DAY_MS)
    return fieldProblem(
      'query.from',
      `is too long before \`to\`: ${MOST_COST_DAYS} days can be asked for at once`,
    );
  return { kind: 'period', from, to };
};

const readDays = (totals: DayTotals, days: readonly string[], whose: Whose) => {
  const limit = createLimiter(AT_ONCE);
  const partitionOf = (day: string) =>
    whose.kind === 'tenant' ? tenantDayOf(whose.tenantId, day) : allTenantsDayOf(day);
  return Promise.all(
    days.map(async (day) => ({ day, cells: await limit(() => totals.cellsOf(partitionOf(day))) })),
  );
};

const sumsView = ({
  calls,
  estimatedCalls,
  inputTokens,
  cachedInputTokens,
  outputTokens,
  costMicroUsd,
}: Sums) => ({
  ...{ calls, estimatedCalls, inputTokens, cachedInputTokens, outputTokens, costMicroUsd },
  costUsd: usdText(costMicroUsd),
});
