import * as z from 'zod/mini';
import { circuitHolds, circuitReasons } from '../../pipeline/fleet/circuit.ts';
import { identifier, rejectionReasons } from '../../pipeline/job/job-message.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { modelNames, providerNames } from '../../pipeline/model/model.ts';
import { day, instant, microUsd } from './common.ts';

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

export const redriveOrder = z.strictObject({
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
          'Which dead letters go back, by when Relay set them aside, or when they were first sent if SQS did. Without a filter: all, whatever they are.',
        ),
      ),
  ),
  dryRun: z._default(z.boolean(), false).check(z.describe('Count and move nothing.')),
});

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
          'false: there was no time for the rest. Ask again within two minutes, and it goes on from there; a dry run begins anew.',
        ),
      ),
  ),
});

export const circuitParams = z.strictObject({
  provider: z.enum(providerNames),
  model: z.string().check(z.regex(/^[\w.:-]{1,64}$/), z.describe("The provider's own id of the model.")),
});

const circuit = z.strictObject({
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

export const heldCircuit = circuit;

export const costsQuery = z.strictObject({
  from: z.optional(day),
  to: z.optional(day.check(z.describe('The last day, itself included; at most 92 days from the first.'))),
  groupBy: z.optional(z.enum(['day', 'model', 'lane', 'tier'])),
  tenantId: z.optional(
    identifier.check(z.describe('For operators: one tenant, or all together where it is left out.')),
  ),
});

export const costs = z.strictObject({
  from: day,
  to: day,
  tenantId: z.exactOptional(z.string()),
  groupBy: z.enum(['day', 'model', 'lane', 'tier']),
  totalMicroUsd: microUsd,
  rows: z.array(
    z.strictObject({
      key: z.string(),
      calls: z.int(),
      estimatedCalls: z.int().check(z.describe('Calls whose cost is an estimate, on the high side.')),
      inputTokens: z.int(),
      outputTokens: z.int(),
      costMicroUsd: microUsd,
    }),
  ),
});

export const alerts = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      severity: z.enum(['critical', 'warning']),
      labels: z.record(z.string(), z.string()),
      state: z.enum(['firing', 'resolved']),
      firing: z.int(),
      openedAt: instant,
      lastAt: instant,
      lastNoticeAt: z.exactOptional(instant),
      mutedUntil: z.exactOptional(instant),
      runbook: z.string(),
    }),
  ),
});
