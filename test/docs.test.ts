import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MOST_COST_DAYS } from '../lib/api/schemas/operations.ts';
import { describeFields, withFields } from '../lib/client/describe-fields.ts';
import { visibilitySeconds } from '../lib/config.ts';
import {
  clockMetrics,
  idleUsd,
  metricCount,
  monthlyCosts,
  WRITES_PER_JOB,
  watchingUsd,
} from '../lib/deploy/monthly-cost.ts';
import { AWS_PRICES } from '../lib/deploy/prices.ts';
import { readTemplate } from '../lib/deploy/template.ts';
import { jobsPerMonth } from '../lib/deploy/traffic.ts';
import { readCommandLine } from '../lib/local/options.ts';
import { MOST_MEMBERS } from '../lib/pipeline/alerts/group.ts';
import { readSilence } from '../lib/pipeline/alerts/muting.ts';
import { defaultPolicy } from '../lib/pipeline/alerts/policy.ts';
import { suggestedActions } from '../lib/pipeline/alerts/suggested-actions.ts';
import { chainOf } from '../lib/pipeline/dispatch/chain.ts';
import { LEAST_ATTEMPT_MS, RESCUE_MS, rungBudgetMs } from '../lib/pipeline/dispatch/deadline.ts';
import { type DeferralReason, MAX_RUNS } from '../lib/pipeline/dispatch/process-job.ts';
import { flexPatienceMs } from '../lib/pipeline/dispatch/service-tier.ts';
import {
  afterCall,
  type Circuit,
  circuitReasons,
  closedCircuit,
  FAILURE_WINDOW_MS,
  recoveryMs,
} from '../lib/pipeline/fleet/circuit.ts';
import { CALLS_PER_WRITE } from '../lib/pipeline/fleet/latencies.ts';
import { LEAST_CALLS } from '../lib/pipeline/fleet/latency.ts';
import { blockRequests, leastPerMinute } from '../lib/pipeline/fleet/quota.ts';
import { LANE_SHARES } from '../lib/pipeline/fleet/quota-ledger.ts';
import { START_WINDOW_MS } from '../lib/pipeline/fleet/user-starts.ts';
import { completionEvent } from '../lib/pipeline/job/completion-event.ts';
import { endReasons, jobStatuses, skipReasons } from '../lib/pipeline/job/job.ts';
import { jobMessageSchema, MAX_MESSAGE_BYTES } from '../lib/pipeline/job/job-message.ts';
import { laneNames } from '../lib/pipeline/job/lane.ts';
import { doorMetric, metric } from '../lib/pipeline/metric.ts';
import {
  DEFAULT_SILENCE,
  FLEX_FIRST_EVENT_MS,
  LAST_RUNGS_MS,
  modelTimeoutMs,
} from '../lib/pipeline/model/catalogue.ts';
import { defaultCatalogue } from '../lib/pipeline/model/default-catalogue.ts';
import { estimateUsage, guessUsage } from '../lib/pipeline/model/estimate-tokens.ts';
import { SHUTDOWN_ALARM_DAYS, SHUTDOWN_LEAD_DAYS } from '../lib/pipeline/model/lifecycle.ts';
import {
  limitCodes,
  type ModelFailure,
  modelNames,
  providerNames,
  serviceTiers,
} from '../lib/pipeline/model/model.ts';
import {
  BLOCK_SHARE,
  LEASE_MS,
  MOST_CALLS,
  RAISING_MS,
  WARNING_SHARE,
} from '../lib/pipeline/money/budget.ts';
import { GRACE_MS, SLICE_MS } from '../lib/pipeline/money/budget-record.ts';
import { KEEP_FOR_MS } from '../lib/pipeline/money/budgets.ts';
import { LEDGER_LAG_MS } from '../lib/pipeline/money/correct-budget.ts';
import { type Unpriced, unpricedReasons } from '../lib/pipeline/money/price.ts';
import { ENTERED_AFTER_MS } from '../lib/pipeline/money/reconcile.ts';
import { FOLD_EVERY_MINUTES } from '../lib/pipeline/money/totals.ts';
import { exportLineSchema } from '../lib/pipeline/privacy/export-line.ts';
import { LATE_AFTER_DAYS, privacyStatuses } from '../lib/pipeline/privacy/privacy-request.ts';
import { requestEvent } from '../lib/pipeline/privacy/request-event.ts';
import { DAY_MS, HOUR_MS } from '../lib/pipeline/utc.ts';
import { tenantEvent } from '../lib/pipeline/webhooks/event.ts';
import { standingUsdPerMonth } from '../lib/plan/footprint.ts';
import { type JobRecord, jobRecord } from '../lib/runtime/api/job-record.ts';
import { KEPT_FOR_MS } from '../lib/runtime/vault/kept-rows.ts';
import { MOST_REPLY_BYTES, TRY_MS } from '../lib/runtime/webhooks/post-webhook.ts';
import { settleSeconds, VERIFY_EVERY_MINUTES } from '../lib/stacks/privacy-stack.ts';
import { aMessage } from './builders.ts';
import { configOf, synthesize } from './stacks/synthesize.ts';

const production = configOf('production');
/** Sentences in one line, wherever the document breaks them. */
const read = (document: string): string => readFileSync(document, 'utf8').replaceAll(/\n(?=[\w`])/g, ' ');

const architecture = read('docs/architecture.md');
const runbook = read('docs/runbook.md');
const producers = read('docs/producers.md');
const deployPage = read('docs/deploy.md');
const readme = readFileSync('README.md', 'utf8');

const duration = (seconds: number): string =>
  seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${seconds / 60} min`;

describe('what the documents say of the system', () => {
  it.each(laneNames)('is so for lane %s', (name) => {
    const { concurrency, batchSize, parallelism, patienceSeconds } = production.lanes[name];
    const row = [
      name,
      concurrency,
      batchSize,
      parallelism,
      concurrency * parallelism,
      duration(patienceSeconds),
    ];
    expect(architecture).toContain(`| ${row.join(' | ')} |`);
  });

  it('is so for retention', () => {
    const { queue, jobRetentionDays, recoveryDays, logRetentionDays } = production;
    expect(architecture).toContain(
      `| Lane queues | messages until they are done | ${queue.retentionDays} days |`,
    );
    expect(architecture).toContain(`| ${queue.deadLetterRetentionDays} days from being set aside by Relay`);
    expect(architecture).toContain(`| ${jobRetentionDays} days after its last write`);
    expect(architecture).toContain(`| older versions of the same | ${recoveryDays} days |`);
    expect(architecture).toContain(`| ${production.ledgerRetentionDays} days (TTL, as above) |`);
    expect(architecture).toContain(`| ${production.privacyRetentionDays} days after it was recorded`);
    expect(architecture).toContain(`no content | ${production.auditRetentionDays} days (TTL, as above)`);
    expect(runbook).toContain(`in the audit table for ${production.auditRetentionDays} days`);
    expect(runbook).toContain(`older versions of rows for ${recoveryDays} days`);
    expect(architecture).toContain(`| ${logRetentionDays} days (dev: ${configOf('dev').logRetentionDays}) |`);
  });

  it('is so for costs', () => {
    expect(architecture).toContain(`the totals of up to ${MOST_COST_DAYS} days`);
    expect(architecture).toContain(`Every ${FOLD_EVERY_MINUTES} minutes \`total-costs\` reads`);
    expect(architecture).toContain(
      `Every ${VERIFY_EVERY_MINUTES} minutes \`verify-privacy\`, which may only read`,
    );
  });

  it('is so for the visibility timeout and the concurrency that an account needs', () => {
    const decision = readFileSync('docs/decisions/0001-visibility-follows-the-timeout.md', 'utf8');
    expect(decision).toContain(`= ${visibilitySeconds(production, production.lanes.critical)} s.`);
    const longest = Math.max(
      ...laneNames.map((name) => visibilitySeconds(production, production.lanes[name])),
    );
    expect(readFileSync('lib/local/local-run.ts', 'utf8')).toContain(`ends, within ${longest} s.`);
    const reserved = laneNames.reduce((sum, name) => sum + production.lanes[name].concurrency, 0);
    expect(readme).toContain(
      `set aside ${reserved} concurrent executions, which needs an account quota of ${reserved + 100}`,
    );
  });

  it('is so for receives and calls', () => {
    expect(runbook).toContain(`it was received ${production.queue.maxReceives} times without being done`);
    const inWords = ['no', 'one', 'two', 'three', 'four'][MAX_RUNS];
    expect(architecture).toContain(`repeated by a later delivery, ${inWords} runs in all.`);
  });

  it('names only metrics that there are', () => {
    const named = [...runbook.matchAll(/metric(?:-name)? `?([A-Z][A-Za-z]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThanOrEqual(4);
    const known: string[] = [...Object.values(metric), ...Object.values(doorMetric).map(({ name }) => name)];
    for (const name of named) expect(known).toContain(name);
  });

  it('names every reason and status that a producer can meet', () => {
    for (const word of [...jobStatuses, ...endReasons, ...skipReasons])
      expect(producers).toContain(`\`${word}\``);
    expect(producers).toContain(`stays for ${production.jobRetentionDays} days`);
  });

  it('names every attribute that a row may have, and those that hold what was asked where it says what is kept', () => {
    const [, table = ''] = producers.split('## The row of a job');
    for (const name of [...Object.keys(jobRecord.shape), 'runsCharged', 'leaseUntilMs', 'expiresAt'])
      expect(table).toContain(`\`${name}\``);
    const [, kept = ''] = architecture.split('## What is kept, and for how long');
    for (const name of ['message', 'bodyHash'] satisfies (keyof JobRecord)[])
      expect(kept).toContain(`\`${name}\``);
  });

  it('names every code that a call can fail with', () => {
    const sources = globSync('lib/runtime/providers/*.ts').map((file) => readFileSync(file, 'utf8'));
    const notCodes = new Set(['custom', 'openai', 'unknown']);
    const written = /(?:code: |failedReply\('\w+', |\['[A-Z_]+', |return )'([a-z]+(?:-[a-z]+)*)'/g;
    const codes = sources.flatMap((source) => [...source.matchAll(written)].map(([, code = '']) => code));
    expect(codes.length).toBeGreaterThan(30);
    for (const code of [...codes, ...limitCodes].filter((word) => !notCodes.has(word)))
      expect(producers).toContain(`\`${code}\``);
    for (const reason of unpricedReasons) expect(producers).toContain(`\`${reason}\``);
  });

  it('is so for what a message may hold (npm run schema)', () => {
    expect(producers).toContain(`${MAX_MESSAGE_BYTES.toLocaleString('en-US')} bytes at most`);
    const page = readFileSync('docs/producers.md', 'utf8');
    expect(page).toBe(withFields(page, describeFields(jobMessageSchema())));
  });

  it('is so for the time that a job has, and for where its producer finds Relay', () => {
    const told = laneNames.map(
      (name) => `${duration(production.lanes[name].patienceSeconds)} in \`${name}\``,
    );
    expect(producers).toContain(`must end within ${told.join(', ')},`);
    expect(producers).toContain(`one with less than ${seconds(LEAST_ATTEMPT_MS)} is not begun`);
    const asked = readCommandLine([], {});
    const ports = asked.kind === 'run' && asked.options.ports;
    expect(ports).toMatchObject({ aws: 4566, dynamodb: 8000 });
    for (const port of [4566, 8000]) expect(producers).toContain(`http://127.0.0.1:${port}`);
  });

  it('names the circuits that can be held', () => {
    const [, listed = ''] = /\ncircuits='([^']+)'/.exec(readFileSync('docs/runbook.md', 'utf8')) ?? [];
    const offers = modelNames.flatMap((name) => defaultCatalogue[name].offers);
    expect(listed.split(/\s/)).toEqual(offers.map(({ provider, modelId }) => `${provider}/${modelId}`));
  });

  it('names every room', () => {
    const rooms = globSync('lib/*', { withFileTypes: true }).map(
      (entry) => `\`lib/${entry.name}${entry.isDirectory() ? '/' : ''}\``,
    );
    const table = architecture.slice(architecture.indexOf('| Room |'), architecture.indexOf('## Numbers'));
    for (const room of rooms) expect(table).toContain(room);
  });

  it('fits on one screen, in the README', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(65);
  });
});

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;

/** What each rung of a chain gets when all before it take all that they may, and what is left for the last ones. */
const budgetsMs = (leftMs: number): readonly number[] => {
  let nowMs = 0;
  const models = chainOf(defaultCatalogue, 'gpt-5', { tier: 'default' }, undefined).map((rung) => {
    const budgetMs = rungBudgetMs({ nowMs, endAtMs: leftMs, ...rung });
    nowMs += budgetMs;
    return budgetMs;
  });
  return [...models, Math.min(LAST_RUNGS_MS, leftMs - nowMs)];
};

/** How many failures of a kind open a circuit. */
const failuresToOpen = (result: ModelFailure): number => {
  let circuit: Circuit = closedCircuit;
  let failures = 0;
  while (circuit.state.kind === 'closed' && failures < 100) {
    circuit = afterCall(circuit, { nowMs: 0, provider: 'openai', result }) ?? circuit;
    failures += 1;
  }
  return failures;
};

const throttled = (retryAfterMs: number): ModelFailure => ({ kind: 'throttled', code: 'rate', retryAfterMs });

describe('what the documents say of the rules', () => {
  it.each([120_000, 20_000, 10_000])('is so for a chain that has %i ms', (leftMs) => {
    expect(architecture).toContain(`| ${[leftMs, ...budgetsMs(leftMs)].map(seconds).join(' | ')} |`);
  });

  it('is so for what a rung keeps back, and for the least that it starts with', () => {
    expect(architecture).toContain(
      `${seconds(RESCUE_MS)} are kept back for each later model and ${seconds(LAST_RUNGS_MS)} for the last rungs`,
    );
    expect(architecture).toContain(`A call with less than ${seconds(LEAST_ATTEMPT_MS)} is not`);
  });

  it.each(modelNames)('is so for the limits of %s', (name) => {
    const model = defaultCatalogue[name];
    const { firstEventMs, betweenEventsMs } = model.silence ?? DEFAULT_SILENCE;
    const { minimal, low, medium, high } = betweenEventsMs;
    const row = [
      name,
      model.fallbacks.join(', ') || 'none',
      seconds(modelTimeoutMs(model, { tier: 'default' })),
      seconds(firstEventMs),
      `${[minimal, low, medium, high].map((ms) => ms / 1000).join(', ')} s`,
    ];
    expect(architecture).toContain(`| ${row.join(' | ')} |`);
    expect(architecture).toContain(`from ${LEAST_CALLS} recent calls on`);
    expect(architecture).toContain(
      `first after ${CALLS_PER_WRITE} calls or a minute, then per ${CALLS_PER_WRITE} calls`,
    );
  });

  it('is so for service tiers: what lanes ask for, who sells it, how long flex may queue', () => {
    for (const lane of laneNames)
      expect(architecture).toContain(`| ${lane} | \`${production.lanes[lane].tier}\` |`);
    for (const { provider, modelId, prices } of modelNames.flatMap((name) => defaultCatalogue[name].offers)) {
      const sold = serviceTiers.filter((tier) => prices[0].tiers[tier] !== undefined);
      expect(architecture).toContain(`\n| ${provider}/${modelId} | ${sold.join(', ')} |`);
    }
    expect(architecture).toContain(`first event has ${seconds(FLEX_FIRST_EVENT_MS)}`);
    const hour = { nowMs: 0, enqueuedAtMs: 0, deadlineAtMs: 3_600_000, chainMs: 100_000 };
    expect(architecture).toContain('until a quarter of its time is left');
    expect(flexPatienceMs(hour)).toBe((hour.deadlineAtMs * 3) / 4);
  });

  it('is so for prices of long prompts, and for shutdowns', () => {
    const offers = modelNames.flatMap((name) => defaultCatalogue[name].offers);
    for (const { overInputTokens } of offers.flatMap(({ prices }) => prices[0].longContext ?? []))
      expect(architecture).toContain(` ${overInputTokens.toLocaleString('en-US')}`);
    for (const { liveUntil } of offers) expect(architecture).toContain(liveUntil ?? '');
    expect(architecture).toContain(`within ${SHUTDOWN_LEAD_DAYS} days`);
    expect(runbook).toContain(`in ${SHUTDOWN_ALARM_DAYS.join(', ').replace(/, (\d+)$/, ' or $1')} days`);
    expect(runbook).toContain(`In the last ${SHUTDOWN_LEAD_DAYS} days`);
  });

  it('is so for what an unpriced call is estimated with', () => {
    const message = aMessage({ input: { messages: [{ role: 'user', content: 'x'.repeat(3_000) }] } });
    const { inputTokens, outputTokens } = guessUsage(message);
    expect([inputTokens, outputTokens]).toEqual([1_000, 2_000]);
    expect(runbook).toContain('3 characters a token, nothing cached, and 2,000 tokens of output');
    const reasons: Readonly<Record<Unpriced, true>> = {
      'usage-unknown': true,
      'unknown-tier': true,
      'no-price-list': true,
    };
    for (const reason of Object.keys(reasons)) expect(runbook).toContain(`\`${reason}\``);
  });

  it('is so for circuits', () => {
    const toOpen = failuresToOpen({ kind: 'transient', code: 'server-error' });
    expect(architecture).toContain(
      `${toOpen} failures in a row, each within ${seconds(FAILURE_WINDOW_MS)} of the one before`,
    );
    const recovery = providerNames.map((name) => `${seconds(recoveryMs[name])} for ${name}`).join(', ');
    expect(architecture).toContain(
      `| outage | ${toOpen} failures of the provider's own | a probe that is answered: every ${recovery} |`,
    );
    expect(architecture).toContain('| quota | one Retry-After of 5 s or more |');
    expect([failuresToOpen(throttled(5_000)), failuresToOpen(throttled(4_999))]).toEqual([1, 100]);
    for (const reason of circuitReasons) {
      expect(architecture).toContain(`\n| ${reason} | `);
      expect(runbook).toContain(`\n| \`${reason}\` | `);
    }
  });

  it.each(laneNames)('is so for the quota of lane %s, and for how it gets its last rungs', (lane) => {
    const [quota] = production.quotas;
    if (quota === undefined) throw new Error('no quota is configured');
    const percent = (share: number) => `${Math.round(share * 100)} %`;
    const least = leastPerMinute(quota, lane).requests / quota.requestsPerMinute;
    expect(architecture).toContain(`| ${lane} | ${percent(LANE_SHARES[lane])} | ${percent(least)} |`);
    const told = { 'at-once': 'at once', 'at-deadline': 'when the deadline nears' };
    expect(architecture).toContain(`| ${lane} | ${told[production.lanes[lane].lastRungs]}`);
  });

  it('is so for blocks of quota', () => {
    const block = (requestsPerMinute: number) =>
      blockRequests({ provider: 'openai', modelId: 'any', requestsPerMinute, tokensPerMinute: 1 });
    expect(architecture).toContain(
      `${block(60)} request at 60 a minute, ${block(500)} at 500, ${block(1_280)} from 1280 on`,
    );
    expect(block(100_000)).toBe(block(1_280));
    expect(block(1_279)).toBeLessThan(block(1_280));
  });

  it('is so for budgets', () => {
    const percent = (share: number) => `${share * 100} %`;
    expect(architecture).toContain(
      `at most ${MOST_CALLS} calls and at most ${percent(BLOCK_SHARE)} of what is left`,
    );
    expect(architecture).toContain(`At ${percent(WARNING_SHARE)}, spent or leased, of what a lane may spend`);
    expect(architecture).toContain(`raises it again ${seconds(RAISING_MS)} later`);
    expect(architecture).toContain(`a part of each, ${percent(production.budgets.criticalShare)} unless`);
    expect(architecture).toContain(`and ${estimateUsage(aMessage()).outputTokens} tokens of output`);
    expect(architecture).toContain(`${seconds(LEASE_MS + GRACE_MS)} later it is presumed to be spent`);
    expect(architecture).toContain(`is missing ${ENTERED_AFTER_MS / HOUR_MS} h after it`);
    const lagMs = LEDGER_LAG_MS;
    expect(architecture).toContain(`all calls that ended ${seconds(lagMs)} before or earlier`);
    const foldMs = FOLD_EVERY_MINUTES * 60_000;
    expect(architecture).toContain(
      `within the last ${seconds(LEASE_MS + GRACE_MS + lagMs + SLICE_MS + foldMs)}, however`,
    );
    expect(architecture).toContain(`by a hash of the tenant | ${KEEP_FOR_MS / DAY_MS} days after`);
    const slots = laneNames.reduce((sum, lane) => {
      const { concurrency, parallelism } = production.lanes[lane];
      return sum + concurrency * parallelism;
    }, 0);
    expect(architecture).toContain(`${slots} calls at once, and by nothing else`);
  });

  it('is so for the starts of a user', () => {
    const { userStartsPerMinute, lanes, answerFreshSeconds } = production;
    expect(producers).toContain(`has ${userStartsPerMinute} starts in any minute`);
    expect(producers).toContain(`100 jobs of one creator take ${100 / userStartsPerMinute} minutes`);
    expect(producers).toContain(`a job waits for ${lanes.critical.patienceSeconds / 60} at most`);
    expect(runbook).toContain(`a start of its creator: ${userStartsPerMinute} in any minute`);
    expect(architecture).toContain(`${userStartsPerMinute} runs of one creator may start in any minute`);
    expect(architecture).toContain(`the oldest is ${START_WINDOW_MS / 1_000} s old`);
    for (const document of [architecture, producers])
      expect(document).toContain(`${answerFreshSeconds} s old at most`);
  });

  it('names every reason for which a job goes back to its lane', () => {
    const reasons: Readonly<Record<DeferralReason, true>> = {
      'no-room': true,
      held: true,
      'no-model': true,
      'user-limit': true,
      quota: true,
      flex: true,
      'store-unavailable': true,
      lost: true,
    };
    for (const reason of Object.keys(reasons)) expect(runbook).toContain(`\n| \`${reason}\` | `);
  });

  it('is so for alerts', () => {
    const { groupWaitSeconds, groupIntervalSeconds, repeatIntervalSeconds } = production.alerts;
    expect(architecture).toContain(`\n| wait | ${groupWaitSeconds} s | `);
    expect(architecture).toContain(`\n| interval | ${groupIntervalSeconds} s | `);
    expect(architecture).toContain(`\n| repeat | ${repeatIntervalSeconds} s | `);
    expect(architecture).toContain(`A notice lists ${defaultPolicy.listed} members and counts the rest`);
    expect(architecture).toContain(`tells ${MOST_MEMBERS} members apart`);
    expect(runbook).toContain(`nobody has mended it for ${duration(repeatIntervalSeconds)}`);
  });

  it('is so for every alert: the first thing to do is named for each heading of the runbook, and for no other', () => {
    const headings = [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    expect(Object.keys(suggestedActions).sort()).toEqual(headings.sort());
  });

  it('is so for events and webhooks', () => {
    const { waitsSeconds } = production.webhooks;
    const tries = waitsSeconds.length + 1;
    const hours = Math.ceil(waitsSeconds.reduce((sum, wait) => sum + wait, 0) / 3_600);
    expect(architecture).toContain(
      `at once, then after ${waitsSeconds.join(', ')} s, each up to a tenth longer`,
    );
    expect(architecture).toContain(`none within ${seconds(TRY_MS)} |`);
    expect(architecture).toContain(`if that is ${Math.max(...waitsSeconds) / 3_600} h or less`);
    expect(architecture).toContain(`of a reply ${MOST_REPLY_BYTES / 1_024} KB are read and dropped`);
    expect(producers).toContain(`Answer 2xx within ${seconds(TRY_MS)};`);
    expect(producers).toContain(`is tried again ${waitsSeconds.length} times within ${hours} h`);
    expect(runbook).toContain(`${tries} tries within ${hours} h have failed`);
    for (const reason of [
      'url-not-allowed',
      'address-not-public',
      'endpoint-malformed',
      'redirected',
      'no-event',
    ])
      expect(runbook).toContain(`\`${reason}\``);
  });

  it('is so for the events that producers are shown', () => {
    const shown = [...producers.matchAll(/```json\n(\{ "type"[^`]+)```/g)].map(([, json = '']) =>
      JSON.parse(json),
    );
    const { reason: _none, ...fields } = completionEvent.shape;
    expect(shown.map((event) => Object.keys(tenantEvent.parse(event)))).toEqual([
      Object.keys(fields),
      Object.keys(requestEvent.shape),
    ]);
  });

  it('is so for silences: what the runbook writes is one', () => {
    const [, template = ''] = /local value="(.+)"\n {2}aws dynamodb put-item/.exec(runbook) ?? [];
    const written = template
      .replaceAll('\\"', '"')
      .replace('$1', '{"name": "waiting", "lane": "l*"}')
      .replace('$until', '1795672800')
      .replace('$3', 'migration of the queue');
    expect(readSilence(written)).toEqual({
      matchers: { name: 'waiting', lane: 'l*' },
      untilSeconds: 1_795_672_800,
      reason: 'migration of the queue',
    });
  });

  it('is so for privacy requests: what is late, what they may come to, and how long an erasure settles', () => {
    expect(runbook).toContain(`no answer for ${LATE_AFTER_DAYS} days`);
    for (const status of privacyStatuses) expect(architecture).toContain(`\`${status}\``);
    expect(architecture).toContain(`${settleSeconds(production)} s later`);
    expect(settleSeconds(production) * 1000).toBeGreaterThan(KEPT_FOR_MS);
    expect(architecture).toContain(`remembers for ${KEPT_FOR_MS / 60_000} minutes`);
  });

  it('is so for the number of metrics, and for what they cost in use', () => {
    expect(architecture).toContain(`${metricCount} at most.`);
    expect(readme).toContain(`up to $${Math.round(metricCount * 0.3)} a month for metrics in use`);
  });

  it('is so for what a stage costs that has no job', () => {
    const templates = Object.values(synthesize(production)).map((template) =>
      readTemplate(template.toJSON()),
    );
    const count = (type: string) =>
      templates.flatMap(({ Resources }) => Object.values(Resources).filter(({ Type }) => Type === type))
        .length;
    const parts =
      `${count('AWS::KMS::Key')} keys at $1, ${count('AWS::SecretsManager::Secret')} secrets at $0.40; ` +
      `the pollers of ${count('AWS::Lambda::EventSourceMapping')} mappings at $0.26 ` +
      `(five long polls of 20 s each); ${clockMetrics.length} metrics that the clock sends`;
    const idle = idleUsd(templates);
    expect(standingUsdPerMonth.idle).toBeCloseTo(idle, 2);
    expect(standingUsdPerMonth.metrics).toBeCloseTo(metricCount * 0.3, 6);
    expect(architecture).toContain(
      `without a job costs $${idle.toFixed(2)} a month: alarms and dashboard; ${parts}`,
    );
    expect(readme).toContain(
      `about $${Math.round(idle)} a month (alarms and dashboard $${watchingUsd(templates).toFixed(2)},`,
    );
  });

  it('is so for what a job costs there', () => {
    expect(architecture).toContain(`takes ${WRITES_PER_JOB} writes with the sample's rows`);
    const [first, second, third] = monthlyCosts(production, [], Date.parse(AWS_PRICES.readOn));
    expect(deployPage).toContain(`read on ${AWS_PRICES.readOn}`);
    expect([first, second, third].map((cost) => cost?.jobs)).toEqual([...jobsPerMonth]);
    for (const jobs of jobsPerMonth) expect(deployPage).toContain(jobs.toLocaleString('en-US'));
  });
});

it('the published schema of a job is the one that lanes hold jobs to (npm run schema)', () => {
  const published = JSON.parse(readFileSync('docs/job-message.schema.json', 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(jobMessageSchema())));
});

it('the published schema of an export is the one that its lines are written by (npm run schema)', () => {
  const published = JSON.parse(readFileSync('docs/privacy-export.schema.json', 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(exportLineSchema())));
});

describe('links between documents', () => {
  const documents = ['README.md', ...globSync('docs/**/*.md')];
  it.each(documents)('of %s lead somewhere', (document) => {
    const targets = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      ([, to = '']) => to,
    );
    expect(targets.filter((to) => !existsSync(join(dirname(document), to)))).toEqual([]);
  });
});
