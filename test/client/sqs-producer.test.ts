import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type SendMessageBatchResult,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createSqsProducer, type SendResult } from '../../lib/client/sqs-producer.ts';
import type { JobMessageInput } from '../../lib/pipeline/job/job-message.ts';
import { type LaneName, laneNames } from '../../lib/pipeline/job/lane.ts';
import { type DrivenCloud, driveCloud } from '../local/cloud/cloud-driver.ts';
import { synthesizeFixture } from '../local/cloud/fixture-app.ts';

const dir = mkdtempSync(join(tmpdir(), 'relay-producer-'));
const STAGE = 'client';
let cloud: DrivenCloud;
let outside: SQSClient;

const openClient = () =>
  new SQSClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'producer', secretAccessKey: 'producer' },
    endpoint: cloud.endpoints.aws,
    maxAttempts: 1,
  });

beforeAll(async () => {
  cloud = await driveCloud({ assemblyDir: synthesizeFixture(join(dir, 'cdk.out')) });
  outside = openClient();
  for (const lane of laneNames)
    await outside.send(new CreateQueueCommand({ QueueName: `relay-${STAGE}-${lane}` }));
});
afterAll(async () => {
  outside.destroy();
  await cloud.stop('SIGTERM');
  rmSync(dir, { recursive: true, force: true });
});

const urlOf = (lane: LaneName) => `${cloud.endpoints.aws}/000000000000/relay-${STAGE}-${lane}`;
afterEach(async () => {
  for (const lane of laneNames) await outside.send(new PurgeQueueCommand({ QueueUrl: urlOf(lane) }));
});

/** All that is in a lane, each message once. */
const messagesIn = async (lane: LaneName): Promise<Message[]> => {
  const found: Message[] = [];
  for (;;) {
    const { Messages = [] } = await outside.send(
      new ReceiveMessageCommand({
        QueueUrl: urlOf(lane),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 600,
        WaitTimeSeconds: 0,
        MessageAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return found;
    found.push(...Messages);
  }
};

const jobIdsIn = async (lane: LaneName): Promise<string[]> =>
  (await messagesIn(lane)).map(({ Body = '' }) => JSON.parse(Body).jobId);

const aJob = (changes: Partial<JobMessageInput> = {}): JobMessageInput => ({
  jobId: randomUUID(),
  tenantId: 'tenant-a',
  creatorId: 'creator-1',
  subjectRefs: [],
  priority: 'critical',
  model: 'gpt-5-nano',
  input: { messages: [{ role: 'user', content: 'Bonjour !' }] },
  ...changes,
});

/** Changes what the client hears of SendMessageBatch, call by call; the queue has got the messages all the same. */
type Told = Partial<SendMessageBatchResult>;
type Reply = (reply: Told) => Told;
type Tampering = { before?: (call: number) => void; after?: (call: number) => Reply };

/** A producer with a client of its own, which counts its batches and does not wait between tries. */
const openProducer = ({ before, after }: Tampering = {}) => {
  const sqs = openClient();
  const batches: number[] = [];
  sqs.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'SendMessageBatchCommand') return next(args);
        const { input } = args as { input: { Entries: unknown[] } };
        batches.push(input.Entries.length);
        before?.(batches.length);
        const { response, output } = await next(args);
        return { response, output: { ...output, ...after?.(batches.length)(output as Told) } };
      },
    { step: 'initialize' },
  );
  const producer = createSqsProducer({ sqs, stage: STAGE, random: () => 0 });
  return { batches, send: producer.send, [Symbol.dispose]: () => sqs.destroy() };
};

const throwing = (error: object) => {
  throw Object.assign(new Error('a failure of the test'), error);
};

/** As if SQS had not taken the first message. */
const firstFailed =
  (Code: string, SenderFault: boolean): Reply =>
  ({ Successful = [] }) => ({
    Successful: Successful.slice(1),
    Failed: Successful.slice(0, 1).map(({ Id }) => ({ Id, Code, SenderFault })),
  });
const asItWas: Reply = (reply) => reply;

const kinds = (results: readonly SendResult[]) => results.map(({ kind }) => kind);

describe('what is sent', () => {
  it('goes to the lane of its priority, in batches of ten, and comes back in the order given', async () => {
    using producer = openProducer();
    const jobs = Array.from({ length: 48 }, (_, index) => aJob({ priority: laneNames[index % 4] ?? 'low' }));
    const results = await producer.send(jobs.map((job) => ({ job })));
    expect(results).toEqual(
      jobs.map(({ jobId }) => ({ kind: 'sent', jobId, messageId: expect.stringMatching(/.{36}/) })),
    );
    expect(producer.batches.toSorted()).toEqual([10, 10, 10, 10, 2, 2, 2, 2]);
    for (const lane of laneNames) {
      const sent = jobs.filter(({ priority }) => priority === lane).map(({ jobId }) => jobId);
      expect((await jobIdsIn(lane)).sort()).toEqual(sent.sort());
    }
  });

  it('has the message id and the attributes that its worker gets', async () => {
    using producer = openProducer();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const [result] = await producer.send([{ job: aJob(), traceparent, correlationId: 'order-7' }]);
    const [message] = await messagesIn('critical');
    expect(result).toMatchObject({ kind: 'sent', messageId: message?.MessageId });
    expect(message?.MessageAttributes).toMatchObject({
      traceparent: { DataType: 'String', StringValue: traceparent },
      correlationId: { DataType: 'String', StringValue: 'order-7' },
    });
  });

  it('fits into what SQS takes as one batch, attributes included', async () => {
    using producer = openProducer();
    const content = 'x'.repeat(87_000);
    const turn = { role: 'user' as const, content };
    const large = Array.from({ length: 10 }, () => ({
      job: aJob({ input: { messages: [turn, turn, turn] } }),
    }));
    expect(kinds(await producer.send(large))).toEqual(large.map(() => 'sent'));
    expect(producer.batches).toEqual([4, 4, 2]);
  });

  it('is not kept back by what is refused beside it', async () => {
    using producer = openProducer();
    const results = await producer.send([
      { job: aJob({ options: { timeoutMs: 1 } }) },
      { job: aJob({ jobId: 'job-1' }) },
    ]);
    expect(results).toEqual([
      { kind: 'refused', reason: 'invalid', detail: 'options.timeoutMs is below its minimum of 1000' },
      { kind: 'sent', jobId: 'job-1', messageId: expect.any(String) },
    ]);
    expect(await jobIdsIn('critical')).toEqual(['job-1']);
  });

  it('may be nothing', async () => {
    using producer = openProducer();
    expect(await producer.send([])).toEqual([]);
    expect(producer.batches).toEqual([]);
  });
});

describe('what fails', () => {
  it('in passing is sent again, alone', async () => {
    using producer = openProducer({
      after: (call) => (call === 1 ? firstFailed('InternalError', false) : asItWas),
    });
    const results = await producer.send([{ job: aJob() }, { job: aJob() }, { job: aJob() }]);
    expect(kinds(results)).toEqual(['sent', 'sent', 'sent']);
    expect(producer.batches).toEqual([3, 1]);
  });

  it('by the fault of the message is not', async () => {
    using producer = openProducer({ after: () => firstFailed('InvalidMessageContents', true) });
    const results = await producer.send([{ job: aJob({ jobId: 'job-1' }) }, { job: aJob() }]);
    expect(results[0]).toEqual({ kind: 'failed', jobId: 'job-1', code: 'InvalidMessageContents' });
    expect(kinds(results)).toEqual(['failed', 'sent']);
    expect(producer.batches).toEqual([2]);
  });

  it('without a word is sent again', async () => {
    using producer = openProducer({ after: (call) => (call === 1 ? () => ({ Successful: [] }) : asItWas) });
    expect(kinds(await producer.send([{ job: aJob() }]))).toEqual(['sent']);
    expect(producer.batches).toEqual([1, 1]);
  });

  it('because the reply was lost is sent again as the same job, though it had no name', async () => {
    using producer = openProducer({
      after: (call) => (call === 1 ? () => throwing({ code: 'ECONNRESET' }) : asItWas),
    });
    const { jobId: _unnamed, ...job } = aJob();
    const [result] = await producer.send([{ job }]);
    const jobId = result?.kind === 'sent' && result.jobId;
    expect(await jobIdsIn('critical')).toEqual([jobId, jobId]);
  });

  it('five times is given up, under an id to send it again by', async () => {
    using producer = openProducer({ before: () => throwing({ name: 'RequestThrottled' }) });
    const { jobId: _unnamed, ...job } = aJob();
    expect(await producer.send([{ job }])).toEqual([
      { kind: 'failed', jobId: expect.stringMatching(/^[0-9a-f-]{36}$/), code: 'RequestThrottled' },
    ]);
    expect(producer.batches).toEqual([1, 1, 1, 1, 1]);
  });

  it('for good is given up at once', async () => {
    using producer = openProducer({ before: () => throwing({ name: 'AccessDenied' }) });
    expect(await producer.send([{ job: aJob({ jobId: 'job-1' }) }])).toEqual([
      { kind: 'failed', jobId: 'job-1', code: 'AccessDenied' },
    ]);
    expect(producer.batches).toEqual([1]);
  });

  it('for want of a lane is told, and the lane is looked for again the next time', async () => {
    const sqs = openClient();
    const producer = createSqsProducer({ sqs, stage: 'nowhere' });
    const sendOne = () => producer.send([{ job: aJob({ jobId: 'job-1' }) }]);
    expect(await sendOne()).toEqual([{ kind: 'failed', jobId: 'job-1', code: 'QueueDoesNotExist' }]);
    await outside.send(new CreateQueueCommand({ QueueName: 'relay-nowhere-critical' }));
    expect(kinds(await sendOne())).toEqual(['sent']);
    sqs.destroy();
  });
});

describe('a signal that aborts', () => {
  it('ends the tries', async () => {
    const interruption = new AbortController();
    using producer = openProducer({
      before: (call) => {
        if (call === 2) interruption.abort();
        throwing({ name: 'RequestThrottled' });
      },
    });
    const results = await producer.send([{ job: aJob() }], interruption.signal);
    expect(kinds(results)).toEqual(['failed']);
    expect(producer.batches).toEqual([1, 1]);
  });

  it('keeps what was not sent yet from being sent', async () => {
    const interruption = new AbortController();
    using producer = openProducer({ before: () => interruption.abort() });
    const results = await producer.send(
      Array.from({ length: 25 }, () => ({ job: aJob() })),
      interruption.signal,
    );
    expect(new Set(kinds(results))).toEqual(new Set(['failed']));
    expect(await jobIdsIn('critical')).toEqual([]);
  });
});
