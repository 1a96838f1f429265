import { readEnvironment } from '../../lib/runtime/read-environment.ts';
import { createSendWebhooksWorker } from '../../lib/runtime/webhooks/send-webhooks-worker.ts';
import { environment } from './environment.ts';

/** Sends the events of ended jobs to their tenants' endpoints: SQS batches in, partial batch responses out. */
export const handler = createSendWebhooksWorker(readEnvironment(environment, process.env));
