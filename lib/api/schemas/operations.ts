import * as z from 'zod/mini';
import { severities } from '../../pipeline/alerts/alert.ts';
import { circuitHolds, circuitReasons } from '../../pipeline/fleet/circuit.ts';
import { identifier, rejectionReasons } from '../../pipeline/job/job-message.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { modelNames, providerNames } from '../../pipeline/model/model.ts';
import { costGroupings } from '../../pipeline/money/cost-report.ts';
import { FOLD_EVERY_MINUTES } from '../../pipeline/money/totals.ts';
import { day, instant } from './common.ts';

export const health = z.strictObject({ status: z.literal('ok'), stage: z.string() });

export const models = z.strictObject({
  models: z.array(
    z.strictObject({
      model: z.enum(modelNames),
      live: z.boolean().check(z.describe('A provider of this stage answers for it now.')),
      liveUntil: z.exactOptional(day.check(z.describe('From that day on no provider of this stage does.'))),
      timeoutMs: z.int(),
      fallbacks: z.array(z.enum(modelNames)),
      offers: z.array(
        z.strictObject({
          provider: z.enum(providerNames),
          modelId: z.string(),
          live: z.boolean(),
          liveFrom: z.exactOptional(day),
          liveUntil: z.exactOptional(day),
        }),
      ),
    }),
  ),
});

export const lanes = z.strictObject({
  lanes: z.array(
    z.strictObject({
      lane: z.enum(laneNames),
      waiting: z.int(),
      inFlight: z.int(),
      delayed: z.int(),
      deadLetters: z.int(),
      oldestDelivered: z.exactOptional(
        z
          .strictObject({ ageSeconds: z.int(), at: instant })
          .check(
            z.describe(
              'What workers were given in the minute before `at`: how long ago the oldest message was sent. If messages wait and `at` is long ago, nobody is given any.',
            ),
          ),
      ),
      lastMove: z.exactOptional(
        z
          .strictObject({
            state: z.enum(['running', 'completed', 'cancelling', 'cancelled', 'failed', 'unknown']),
            startedAt: instant,
            moved: z.int(),
            toMove: z.int(),
            failure: z.exactOptional(z.string()),
          })
          .check(z.describe('Of all dead letters, by SQS itself.')),
      ),
    }),
  ),
});

export const laneParams = z.strictObject({ lane: z.enum(laneNames) });

export const redriveOrder = z
  .strictObject({
    filter: z.optional(
      z
        .strictObject({
          reason: z.optional(
            z
              .enum(rejectionReasons)
              .check(
                z.describe(
                  'Those that were set aside for it, which come back at once unless it is mended. Without it: those that may be jobs.',
                ),
              ),
          ),
          tenantId: z.optional(identifier),
          sentAfter: z.optional(z.iso.datetime({ offset: true })),
          sentBefore: z.optional(z.iso.datetime({ offset: true })),
        })
        .check(
          z.describe(
            'Which dead letters go back, by when Relay set them aside, or when they were first sent if SQS did. `{}`: all that may be jobs.',
          ),
        ),
    ),
    dryRun: z._default(z.boolean(), false).check(z.describe('Count and move nothing.')),
    all: z.optional(
      z.literal(true).check(z.describe('In place of a filter: all dead letters, whatever they are.')),
    ),
  })
  .check(
    z.refine(
      ({ filter, all }) => (filter === undefined) !== (all === undefined),
      'names neither a filter nor all, or both',
    ),
  );

export const redrive = z.strictObject({
  lane: z.enum(laneNames),
  dryRun: z.boolean(),
  mode: z
    .enum(['selected', 'all'])
    .check(z.describe('all: SQS moves every dead letter by itself; GET /v1/lanes shows how far it is.')),
  matched: z.exactOptional(z.int()),
  moved: z.exactOptional(z.int()),
  left: z.exactOptional(z.int().check(z.describe('Those that the filter does not mean.'))),
  complete: z.exactOptional(
    z
      .boolean()
      .check(
        z.describe(
          'true: no more was to be seen; what somebody else has received is hidden, and comes back within two minutes. false: there was no time for the rest. Ask again within two minutes, and it goes on from there; a dry run begins anew.',
        ),
      ),
  ),
});

export const circuitParams = z.strictObject({
  provider: z.enum(providerNames),
  model: z.string().check(z.regex(/^[\w.:-]{1,64}$/), z.describe("The provider's own id of the model.")),
});

export const circuit = z.strictObject({
  provider: z.enum(providerNames),
  modelId: z.string(),
  state: z.enum(['closed', 'open', 'held-open', 'held-closed']),
  reason: z.exactOptional(z.enum(circuitReasons)),
  failures: z.exactOptional(z.int()),
  openedAt: z.exactOptional(instant),
  nextProbeAt: z.exactOptional(instant),
  heldAt: z.exactOptional(instant),
  heldBy: z.exactOptional(
    z.string().check(z.describe('The client that holds it; absent when it is held without the API.')),
  ),
  history: z
    .array(
      z.strictObject({
        kind: z.enum(['opened', 'closed', 'held-open', 'held-closed', 'released']),
        reason: z.exactOptional(z.enum(circuitReasons)),
        at: instant,
        by: z.exactOptional(z.string()),
      }),
    )
    .check(z.describe('Its last ten turns, newest first; forgotten a day after the last one.')),
});

export const circuits = z.strictObject({ circuits: z.array(circuit) });

export const circuitOrder = z.strictObject({
  hold: z
    .enum([...circuitHolds, 'auto'])
    .check(
      z.describe(
        'open: nobody calls it; closed: everybody does; auto: it goes by what the provider answers.',
      ),
    ),
});

/** The most days that costs are told of at once: a quarter. */
export const MOST_COST_DAYS = 92;

export const costsQuery = z.strictObject({
  from: z.optional(day.check(z.describe('The first day; a week until `to` by default.'))),
  to: z.optional(
    day.check(
      z.describe(`The last day, itself included; at most ${MOST_COST_DAYS} days in all. Today by default.`),
    ),
  ),
  groupBy: z.optional(z.enum(costGroupings).check(z.describe('`day` by default.'))),
  tenantId: z.optional(
    identifier.check(z.describe('For operators: one tenant, or all together where it is left out.')),
  ),
});

/** Corrections by a provider's own account are among them, so a count of one key may be below 0. */
const sums = {
  calls: z.int(),
  estimatedCalls: z.int().check(z.describe('Calls whose cost is an estimate, on the high side.')),
  inputTokens: z.int(),
  cachedInputTokens: z.int().check(z.describe('Those of `inputTokens` that the provider had in its cache.')),
  outputTokens: z.int(),
  costMicroUsd: z.int().check(z.describe('Millionths of a US dollar.')),
  costUsd: z.string().check(z.regex(/^-?\d+\.\d{6}$/), z.describe('The same in dollars, exactly.')),
};

const key = z.string().check(z.describe('The day, `provider/model`, lane or tier.'));

export const costs = z.strictObject({
  from: day,
  to: day,
  scope: z.enum(['tenant', 'all-tenants']),
  tenantId: z.exactOptional(z.string()),
  groupBy: z.enum(costGroupings),
  asOf: z.exactOptional(
    instant.check(
      z.describe(
        `What was entered until then is counted; it moves on every ${FOLD_EVERY_MINUTES} minutes. Absent before the first count.`,
      ),
    ),
  ),
  total: z.strictObject(sums),
  groups: z
    .array(z.strictObject({ key, ...sums }))
    .check(z.describe('The whole time by key; together they are the total.')),
  rows: z
    .array(z.strictObject({ day, key, ...sums }))
    .check(z.describe('Each day by key; together they are the total.')),
});

/** What a file of costs tells, for whoever has nothing but the file. */
export const costColumns = [
  'day',
  'scope',
  'tenantId',
  'groupBy',
  'key',
  'calls',
  'estimatedCalls',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'costUsd',
  'costMicroUsd',
  'asOf',
] as const;

const alertLabels = z.record(z.string(), z.string());

export const alerts = z.strictObject({
  groups: z
    .array(
      z.strictObject({
        name: z.string(),
        severity: z.enum(severities),
        state: z.enum(['firing', 'resolved']),
        labels: alertLabels.check(z.describe('What all members have in common.')),
        since: instant.check(z.describe('The first alert of the group.')),
        lastAt: instant.check(z.describe('The last alert of the group, or the last end of one.')),
        firing: z.int().check(z.describe('Members that fire now.')),
        members: z.array(alertLabels).check(z.describe('The first of these, by their labels.')),
        lastNoticeAt: z.exactOptional(instant),
        noticePending: z
          .boolean()
          .check(z.describe('There is a notice that is not known to be out: it is sent again.')),
        mutedBy: z.exactOptional(
          z
            .enum(['silence', 'other-alert'])
            .check(
              z.describe(
                'Nobody is told of it: it is silenced, or (in part) caused by what another alert tells.',
              ),
            ),
        ),
        action: z.string().check(z.describe('The first thing to do.')),
        runbook: z.string(),
      }),
    )
    .check(z.describe('What fires first, then by severity, then the latest first.')),
  silences: z
    .array(z.strictObject({ matchers: alertLabels, until: instant, reason: z.string() }))
    .check(z.describe('Those that have not ended, the first to end first.')),
});

export const alertColumns = [
  'state',
  'severity',
  'name',
  'labels',
  'since',
  'lastAt',
  'firing',
  'members',
  'lastNoticeAt',
  'noticePending',
  'mutedBy',
  'action',
  'runbook',
] as const;
