import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { doorMetric } from '../../pipeline/metric.ts';
import type { Chance, Clock } from '../../pipeline/ports.ts';
import type { Endpoint, FoundEndpoint } from '../../pipeline/webhooks/endpoint.ts';
import { type TenantEvent, tenantEvent } from '../../pipeline/webhooks/event.ts';
import { afterFailedTry, type Retry, type TryResult } from '../../pipeline/webhooks/try.ts';
import type { SecretLack } from '../kept-secret.ts';
import { parseJson } from '../providers/parse-json.ts';
import type { SourceQueue } from '../source-queue.ts';
import type { StageTelemetry } from '../stage-telemetry.ts';
import type { DisabledEndpoints } from './disabled-endpoints.ts';
import type { PostWebhook } from './post-webhook.ts';
import { signedHeaders } from './sign-webhook.ts';

export type WebhookWorkerParts = {
  endpointOf(tenantId: string): Promise<FoundEndpoint | SecretLack>;
  disabled: DisabledEndpoints;
  post: PostWebhook;
  queue: SourceQueue;
  telemetry: StageTelemetry;
  clock: Pick<Clock, 'now'>;
  chance: Pick<Chance, 'random'>;
  /** Between tries, in ms. */
  waitsMs: readonly number[];
};

/** What becomes of a message: its event needs no more of us, comes back, or is set aside. */
type Fate = { kind: 'done' } | { kind: 'again'; delayMs: number } | { kind: 'set-aside'; reason: string };

const done: Fate = { kind: 'done' };

/** An event and where it is to go. */
type Errand = { record: SQSRecord; event: TenantEvent; endpoint: Endpoint };

/** Sends the events of a batch to their tenants' endpoints, all at once: each by itself, whatever becomes of the others. */
export const createWebhookWorker =
  (parts: WebhookWorkerParts) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const fates = await Promise.all(
      Records.map(async (record) => ({ record, fate: await settle(parts, record) })),
    );
    const returns = fates.flatMap(({ record, fate }) => (fate.kind === 'again' ? [{ record, ...fate }] : []));
    await defer(parts, returns);
    parts.telemetry.flush();
    return { batchItemFailures: returns.map(({ record }) => ({ itemIdentifier: record.messageId })) };
  };

/** After an error of our own a message comes back, whether or not it would have been given up. */
const settle = async (parts: WebhookWorkerParts, record: SQSRecord): Promise<Fate> => {
  try {
    const fate = await fateOf(parts, record);
    if (fate.kind === 'set-aside') await setAside(parts, record, fate.reason);
    return fate.kind === 'set-aside' ? done : fate;
  } catch (error) {
    parts.telemetry.failed('webhook comes back', error);
    const retry = retryOf(parts, record);
    return retry.kind === 'again' ? retry : { kind: 'again', delayMs: Math.max(...parts.waitsMs) };
  }
};

const setAside = async ({ queue, telemetry }: WebhookWorkerParts, record: SQSRecord, reason: string) => {
  const detail = 'docs/runbook.md#webhooks-dead-letters';
  await queue.reject(record, { reason, detail });
  telemetry.info('webhook set aside', { messageId: record.messageId, reason });
};

const fateOf = async (parts: WebhookWorkerParts, record: SQSRecord): Promise<Fate> => {
  const { data: event } = tenantEvent.safeParse(parseJson(record.body));
  if (event === undefined) return { kind: 'set-aside', reason: 'no-event' };
  const found = await parts.endpointOf(event.tenantId);
  switch (found.kind) {
    case 'none':
      return done;
    case 'endpoint':
      return run(parts, { record, event, endpoint: found.endpoint });
    case 'malformed':
      return afterFailure(parts, record, { kind: 'failed', reason: 'endpoint-malformed' });
    case 'unreadable':
    case 'unavailable':
      return afterFailure(parts, record, { kind: 'failed', reason: `secret-${found.kind}` });
  }
};

const run = async (parts: WebhookWorkerParts, errand: Errand): Promise<Fate> => {
  const { disabled, telemetry } = parts;
  const { record, event, endpoint } = errand;
  if (await isDisabled(parts, errand)) {
    telemetry.measure(doorMetric.webhooksDisabled, 1);
    return done;
  }
  const result = await send(parts, errand);
  switch (result.kind) {
    case 'delivered':
      telemetry.measure(doorMetric.webhooksDelivered, 1);
      telemetry.info('webhook delivered', describe(record));
      return done;
    case 'gone':
      await disabled.add(event.tenantId, endpoint.url);
      telemetry.measure(doorMetric.webhooksDisabled, 1);
      telemetry.info('endpoint disabled', describe(record));
      return done;
    case 'refused':
      telemetry.measure(doorMetric.webhooksRefused, 1);
      return afterFailure(parts, record, result);
    case 'failed':
      return afterFailure(parts, record, result);
  }
};

/** Better once too often to an endpoint that wants no more than not at all to the others. */
const isDisabled = (
  { disabled, telemetry }: WebhookWorkerParts,
  { event, endpoint }: Errand,
): Promise<boolean> =>
  disabled.has(event.tenantId, endpoint.url).catch((error: unknown) => {
    telemetry.failed('disabled endpoints unknown', error);
    return false;
  });

/** Fields that are not known here go to nobody: what they hold is not known either. */
const send = ({ post, clock }: WebhookWorkerParts, { event, endpoint }: Errand): Promise<TryResult> => {
  const body = JSON.stringify(event);
  const signed = signedHeaders({ id: event.eventId, body, nowMs: clock.now() }, endpoint);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'relay-webhooks',
    ...signed,
  };
  return post({ url: endpoint.url, headers, body });
};

type Failure = Extract<TryResult, { kind: 'failed' | 'refused' }>;

const afterFailure = (parts: WebhookWorkerParts, record: SQSRecord, failure: Failure): Fate => {
  const { reason } = failure;
  const retry = retryOf(parts, record, failure.kind === 'failed' ? failure.retryAfterMs : undefined);
  if (retry.kind === 'given-up') return { kind: 'set-aside', reason };
  const { telemetry } = parts;
  telemetry.measure(doorMetric.webhooksRetried, 1);
  telemetry.info('webhook comes back', { ...describe(record), reason, delayMs: Math.round(retry.delayMs) });
  return retry;
};

const retryOf = (
  { clock, chance, waitsMs }: WebhookWorkerParts,
  { attributes }: SQSRecord,
  retryAfterMs = 0,
): Retry =>
  afterFailedTry(waitsMs, {
    receives: Number(attributes.ApproximateReceiveCount),
    ageMs: clock.now() - Number(attributes.SentTimestamp),
    retryAfterMs,
    random: chance.random,
  });

/** No id but SQS's own: all others are somebody's words (docs/decisions/0005-ids-in-logs.md). */
const describe = ({ messageId, attributes }: SQSRecord) => ({
  messageId,
  receives: Number(attributes.ApproximateReceiveCount),
});

/** What SQS will not schedule comes back after the queue's visibility timeout. */
const defer = async (
  { queue, telemetry }: WebhookWorkerParts,
  returns: readonly { record: SQSRecord; delayMs: number }[],
): Promise<void> => {
  if (returns.length === 0) return;
  try {
    await queue.defer(returns.map(({ record: { receiptHandle }, delayMs }) => ({ receiptHandle, delayMs })));
  } catch (error) {
    telemetry.failed('returns refused', error);
  }
};
