import { Client, operation } from './client.ts';
import type { ClientSettings } from './place.ts';
import { queryProtocol, textOf } from './query-protocol.ts';

/** Of a batch's result, Relay asks only which of its entries were refused. */
const protocol = queryProtocol({
  version: '2010-03-31',
  read: (xml) => ({
    Failed: [...(textOf('Failed', xml) ?? '').matchAll(/<Id>(.*?)<\/Id>/g)].map(([, Id]) => ({ Id })),
  }),
});

export class SNSClient extends Client {
  constructor(settings: ClientSettings) {
    super('sns', protocol, settings);
  }
}

export const PublishBatchCommand = operation('PublishBatch');
