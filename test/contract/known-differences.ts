/** What a second emulator does otherwise than the local cloud, and AWS by its documentation. */
export type Difference = { behaviour: string; emulator: string; instead: string; harmless: string };

export const knownDifferences: Difference[] = [
  {
    behaviour: 'a message that is deleted is gone, and deleting it again is no error',
    emulator: 'ElasticMQ 1.6.12',
    instead: 'refuses the second deletion (`ReceiptHandleIsInvalid`)',
    harmless: 'SQS answers it with success; only a repeated request for the same deletion would meet it',
  },
  {
    behaviour: 'the group of a message of a standard queue arrives',
    emulator: 'ElasticMQ 1.6.12',
    instead: 'refuses a `MessageGroupId`, as SQS did before it had fair queues',
    harmless: 'it only orders tenants; no message is lost or doubled for it, and no code reads it',
  },
];

export const differenceOf = (behaviour: string): Difference | undefined =>
  knownDifferences.find((difference) => difference.behaviour === behaviour);
