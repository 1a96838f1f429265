import { setTimeout as pause } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { completionEventOf, type EndedJob } from '../pipeline/job/completion-event.ts';
import { xmlText } from '../pipeline/xml-text.ts';
import { awsClient } from './aws-client.ts';
import { type Entry, type Publishing, publishAll } from './publish-all.ts';
import { sha256 } from './sha256.ts';
import { tenantHash } from './tenant-hash.ts';

/** Tells everybody who has subscribed that jobs have ended. */
export type Results = {
  /**
   * Publishes an event for each, and tries for `forMs`. Never rejects. Whoever tells of an end must tell of it again
   * while it is not out; told twice it has the same id.
   */
  tell(ends: readonly EndedJob[], forMs: number): Promise<Told>;
};

/** Ends whose events are out; the others are not, because of the error, or because SNS refused them. */
export type Told = { out: ReadonlySet<EndedJob>; error?: unknown };

/** Publishes to the topic of results. */
export const createSnsResults = (
  topicArn: string,
  client: Publishing['client'] = new SNSClient(awsClient),
): Results => ({
  tell: async (ends, retryMs) => {
    const faults: unknown[] = [];
    const onFault = (error: unknown) => void faults.push(error);
    const out = new Set(await publishAll({ client, topicArn, retryMs, pause, onFault }, ends, entryOf));
    return { out, ...(faults.length > 0 && { error: faults[0] }) };
  },
});

const entryOf = (end: EndedJob): Entry => ({
  Message: JSON.stringify(completionEventOf(end, sha256)),
  // A queue that is fair serves the few jobs of one tenant beside the many of another (SQS "fair queues").
  MessageGroupId: tenantHash(end.tenantId),
  MessageAttributes: {
    tenant: textAttribute(end.tenantId),
    lane: textAttribute(end.lane),
    status: textAttribute(end.status),
  },
});

/** What a filter policy may choose by. */
export const textAttribute = (words: string) => ({ DataType: 'String', StringValue: xmlText(words) });
