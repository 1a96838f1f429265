import type * as z from 'zod/mini';
import { KEEP_FIRING_MS, KEEP_OVER_MS } from '../../pipeline/alerts/aggregator.ts';
import { alertSchema } from '../../pipeline/alerts/alert.ts';
import { groupSchema } from '../../pipeline/alerts/group.ts';
import { silenceSchema } from '../../pipeline/alerts/muting.ts';
import { noticeSchema } from '../../pipeline/alerts/notice.ts';
import { circuitSchema } from '../../pipeline/fleet/circuit.ts';
import { circuitKeptForMs } from '../../pipeline/fleet/circuits.ts';
import { LATENCY_KEPT_FOR_MS } from '../../pipeline/fleet/latencies.ts';
import { latencySketch } from '../../pipeline/fleet/latency.ts';
import { quotaStateSchema } from '../../pipeline/fleet/quota.ts';
import { QUOTA_KEPT_FOR_MS } from '../../pipeline/fleet/quotas.ts';
import { LIMIT_KEPT_FOR_MS, limitRecord } from '../../pipeline/fleet/tenant-limit.ts';
import { jobMessage } from '../../pipeline/job/job-message.ts';
import { laneNames } from '../../pipeline/job/lane.ts';
import { sealedMessage } from '../../pipeline/job/sealed-message.ts';
import { budgetStateSchema } from '../../pipeline/money/budget-record.ts';
import { KEEP_FOR_MS } from '../../pipeline/money/budgets.ts';
import { endpoint } from '../../pipeline/webhooks/endpoint.ts';
import { tenantEvent } from '../../pipeline/webhooks/event.ts';
import { ledgerEntry } from '../../runtime/ledger/ledger-row.ts';
import { KEY_LIFE_MS } from '../../runtime/vault/subject-keys.ts';
import { RESTRICTION_LIFE_MS, TOMBSTONE_LIFE_MS } from '../../runtime/vault/subject-vault.ts';
import { DISABLED_FOR_MS, disabledEndpoint } from '../../runtime/webhooks/disabled-endpoints.ts';
import { schemaPaths } from './schema-paths.ts';
import { type Told, writtenRows } from './written-rows.ts';

/** What the code stores as one kind of item: its fields, and how long, in seconds, where the code decides that. */
export type Shape = { paths: readonly string[]; keptForSeconds?: ReadonlySet<number> };

/** Shapes by `store/collection`. */
export type Shapes = ReadonlyMap<string, Shape>;

/** What stands around the value of every record that the fleet shares. */
const RECORD = 'fleet/record';

export const storedShapes = async (told: Told): Promise<Shapes> => {
  const rows = await writtenRows(told);
  const pathsOf = (name: string) => [...new Set(rows.get(name)?.paths.map(numberless))];
  const ofRows = [...rows].map(([name, row]): [string, Shape] => [name, { ...row, paths: pathsOf(name) }]);
  const shapes = new Map<string, Shape>([
    ...ofRows,
    ...recordShapes(pathsOf(RECORD).filter((path) => path !== 'value')),
    ...messageShapes(),
    [SUBJECT, { paths: pathsOf(SUBJECT), keptForSeconds: subjectLives }],
  ]);
  shapes.delete(RECORD); // it is around every record, and no record itself
  return shapes;
};

const SUBJECT = 'subject-keys/subject';
const subjectLives = new Set([KEY_LIFE_MS, TOMBSTONE_LIFE_MS, RESTRICTION_LIFE_MS].map((ms) => ms / 1000));

/** `s0` to `s9` are one field. */
const numberless = (path: string): string => path.replace(/^s\d+$/, 's*');

type Recorded = { schema: z.ZodMiniType; keptForMs: readonly number[] };

const recorded: Readonly<Record<string, Recorded>> = {
  'fleet/circuit': {
    schema: circuitSchema,
    keptForMs: [circuitKeptForMs({}), circuitKeptForMs({ hold: 'open' })],
  },
  'fleet/quota': { schema: quotaStateSchema, keptForMs: [QUOTA_KEPT_FOR_MS] },
  'fleet/latency': { schema: latencySketch, keptForMs: [LATENCY_KEPT_FOR_MS] },
  'fleet/budget': { schema: budgetStateSchema, keptForMs: [KEEP_FOR_MS] },
  'fleet/submits': { schema: limitRecord, keptForMs: [LIMIT_KEPT_FOR_MS] },
  'fleet/waits': { schema: limitRecord, keptForMs: [LIMIT_KEPT_FOR_MS] },
  'fleet/rights': { schema: limitRecord, keptForMs: [LIMIT_KEPT_FOR_MS] },
  'fleet/webhook': { schema: disabledEndpoint, keptForMs: [DISABLED_FOR_MS] },
  'alerts/group': { schema: groupSchema, keptForMs: [KEEP_FIRING_MS, KEEP_OVER_MS] },
  'alerts/silence': { schema: silenceSchema, keptForMs: [] },
};

const recordShapes = (envelope: readonly string[]): [string, Shape][] =>
  Object.entries(recorded).map(([name, { schema, keptForMs }]) => [
    name,
    {
      paths: [...envelope, ...schemaPaths(schema).map((path) => `value.${path}`)],
      keptForSeconds: new Set(keptForMs.map((ms) => ms / 1000)),
    },
  ]);

const TRACE = ['attribute:traceparent', 'attribute:correlationId'];
const REASON = ['attribute:reason', 'attribute:detail', 'attribute:sourceMessageId'];

/** As a producer may send it, or as Relay has sealed it. */
const laneMessagePaths = [...new Set([...schemaPaths(jobMessage), ...schemaPaths(sealedMessage)])];

const messageShapes = (): [string, Shape][] => {
  const shapes: [string, readonly string[]][] = [
    ...laneNames.map((lane): [string, readonly string[]] => [lane, [...laneMessagePaths, ...TRACE]]),
    ['webhooks', schemaPaths(tenantEvent)],
    ['ledger-repair', schemaPaths(ledgerEntry)],
    ['alerts', schemaPaths(alertSchema)],
  ];
  return [
    ...shapes.flatMap(([queue, paths]): [string, Shape][] => [
      [`${queue}/message`, { paths }],
      [`${queue}-dlq/message`, { paths: [...paths, ...REASON] }],
    ]),
    ['results/event', { paths: schemaPaths(tenantEvent) }],
    ['notices/notice', { paths: [...schemaPaths(noticeSchema), 'subscription:endpoint'] }],
    ['relay/webhooks/value', { paths: schemaPaths(endpoint).map((path) => `*.${path}`) }],
  ];
};
