import { setTimeout as pause } from 'node:timers/promises';
import { SNSClient } from '@aws-sdk/client-sns';
import { type EndedRequest, requestEventOf } from '../../pipeline/privacy/request-event.ts';
import { awsClient } from '../aws-client.ts';
import { type Entry, publishAll } from '../publish-all.ts';
import { sha256 } from '../sha256.ts';
import { textAttribute } from '../sns-results.ts';
import { tenantHash } from '../tenant-hash.ts';

/** A request can wait for its last step. In ms. */
const RETRY_MS = 5_000;

/** Tells the tenant, on the topic of results, that a request has been answered. Rejects when it is not out. */
export const createTellEnded = (
  topicArn: string,
  client: Pick<SNSClient, 'send'> = new SNSClient(awsClient),
) => {
  return async (ended: EndedRequest): Promise<void> => {
    let fault: unknown = new Error('SNS refused the news of a privacy request');
    const onFault = (error: unknown) => {
      fault = error;
    };
    const out = await publishAll({ client, topicArn, retryMs: RETRY_MS, pause, onFault }, [ended], entryOf);
    if (out.length === 0) throw fault;
  };
};

const entryOf = (ended: EndedRequest): Entry => ({
  Message: JSON.stringify(requestEventOf(ended, sha256)),
  MessageGroupId: tenantHash(ended.tenantId),
  MessageAttributes: { tenant: textAttribute(ended.tenantId), status: textAttribute(ended.status) },
});
