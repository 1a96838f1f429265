import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type buildApp, type FauxqsServer, startFauxqs } from 'fauxqs';
import * as z from 'zod';
import type { QueueSpec, SubscriptionSpec, TopicSpec } from '../assembly/deployment.ts';
import type { AwsRequest, Callers, DenialOf, OnRequest } from '../aws-request.ts';
import type { QueueSight } from '../cloudwatch/service-metrics.ts';
import {
  authorizationError,
  type DeniedReply,
  deniedBySns,
  deniedBySqs,
  unsigned,
} from './access-denied-reply.ts';
import { correctFauxqs, withGroup } from './fauxqs-corrections.ts';
import { withMessageForQueues } from './message-by-protocol.ts';
import { createMoveTasks, type MovableQueues, type MoveTasks } from './move-tasks.ts';
import { withOriginalReceipts } from './receipt.ts';
import { overSnsLimit, snsError } from './sns-limits.ts';
import { createSqsClient, type SqsClient } from './sqs-client.ts';
import { admitToSqs, type FailedEntry, queryError, withFailed } from './sqs-limits.ts';

export type SqsAndSns = {
  endpoint: string;
  createQueue(spec: QueueSpec): Promise<void>;
  createTopic(spec: TopicSpec): void;
  createSubscription(spec: SubscriptionSpec): void;
  /** What SQS measures of a queue. */
  sight(queueName: string): QueueSight;
  /** As an AWS service publishes: to a topic by its ARN. */
  publish(topicArn: string, subject: string, message: string): void;
  stop(): Promise<void>;
};

export type SqsAndSnsOptions = {
  port: number;
  region: string;
  dataDir: string | undefined;
  callers: Callers;
  onRequest: OnRequest;
  denialOf: DenialOf;
  /** Whether a request is refused although it is allowed. */
  denies(request: AwsRequest): boolean;
};

type App = ReturnType<typeof buildApp>;

/** What SQS gives a queue that says nothing; needed to take an attribute back when a template no longer has it. */
const queueDefaults = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  RedrivePolicy: '',
  VisibilityTimeout: '30',
};

/** Starts fauxqs: SQS and SNS on one port, on the loopback interface only. */
export const startSqsAndSns = async (options: SqsAndSnsOptions): Promise<SqsAndSns> => {
  const { port, region, dataDir } = options;
  await correctFauxqs();
  const moves = Promise.withResolvers<MoveTasks>();
  const server = await withApp(
    () =>
      startFauxqs({
        port,
        logger: false,
        host: 'localhost',
        defaultRegion: region,
        ...(dataDir === undefined ? {} : { dataDir }),
      }),
    (app) => adapt(app, options, moves.promise),
  );
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = createSqsClient(endpoint, region);
  const deadLetterArns = new Set<string>();
  const moveTasks = createMoveTasks(movableQueues(server, client, deadLetterArns));
  moves.resolve(moveTasks);
  return {
    endpoint,
    createQueue: (spec) => {
      for (const arn of deadLetterArnsIn(spec)) deadLetterArns.add(arn);
      return createQueue(server, client, spec);
    },
    createTopic: ({ name }) => void server.createTopic(name),
    createSubscription: ({ topicArn, queueArn, attributes }) =>
      server.subscribe({ topic: nameIn(topicArn), queue: nameIn(queueArn), attributes }),
    sight: (queueName) => sightOf(server, queueName),
    publish: (topicArn, subject, message) => void server.publish(nameIn(topicArn), message, { subject }),
    stop: async () => {
      moveTasks.stop();
      client.close();
      await server.stop();
    },
  };
};

const sightOf = (server: FauxqsServer, queueName: string): QueueSight => {
  const { ready = [], delayed = [], inflight = [] } = server.inspectQueue(queueName)?.messages ?? {};
  const held = [...ready, ...delayed, ...inflight.map(({ message }) => message)];
  return {
    visible: ready.length,
    delayed: delayed.length,
    inFlight: inflight.length,
    messages: held.map(({ sentTimestamp, approximateReceiveCount }) => ({
      sentAtMs: sentTimestamp,
      receives: approximateReceiveCount,
    })),
  };
};

const redrivePolicy = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.object({ deadLetterTargetArn: z.string() }));

const deadLetterArnsIn = ({ attributes: { RedrivePolicy } }: QueueSpec): string[] =>
  RedrivePolicy === undefined ? [] : [redrivePolicy.parse(RedrivePolicy).deadLetterTargetArn];

const movableQueues = (
  server: FauxqsServer,
  client: SqsClient,
  deadLetterArns: ReadonlySet<string>,
): MovableQueues => ({
  client,
  find: (arn) => {
    const queue = server.inspectQueue(nameIn(arn));
    return queue && { url: queue.url, visible: queue.messages.ready.length };
  },
  isDeadLetterQueue: (arn) => deadLetterArns.has(arn),
  send: (arn, { Body, Attributes, MessageAttributes }) => {
    const messageAttributes = withGroup(MessageAttributes, Attributes.MessageGroupId);
    server.sendMessage(nameIn(arn), Body, { messageAttributes });
  },
});

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);

/** fauxqs does not hand out its fastify instance; fastify itself announces it, while `start` runs synchronously. */
const withApp = (start: () => Promise<FauxqsServer>, use: (app: App) => void): Promise<FauxqsServer> => {
  let announced = false;
  const listener = (message: unknown): void => {
    if (!isAnnouncement(message)) return;
    announced = true;
    use(message.fastify);
  };
  subscribe('fastify.initialization', listener);
  const started = start();
  unsubscribe('fastify.initialization', listener);
  if (!announced)
    throw new Error('this version of fauxqs does not announce its HTTP server, so it cannot be guarded');
  return started;
};

const isAnnouncement = (message: unknown): message is { fastify: App } =>
  typeof message === 'object' && message !== null && 'fastify' in message;

const adapt = (app: App, options: SqsAndSnsOptions, moves: Promise<MoveTasks>): void => {
  const { region, callers, onRequest } = options;
  const failedEntries: FailedEntries = new WeakMap();
  const listen = app.listen.bind(app);
  // fauxqs would listen on every interface of the machine.
  Object.assign(app, { listen: ({ port }: { port: number }) => listen({ port, host: '127.0.0.1' }) });
  app.addHook('preHandler', async (request, reply) => {
    const { headers, body } = request;
    const operation = operationOf(headers, body);
    const made = { ...operation, caller: callers.identify(headers.authorization) };
    onRequest(made);
    const denied =
      headers.authorization === undefined
        ? unsigned(operation.service)
        : await denialReply(made, body, options);
    const refused = denied ?? admit(operation, request, failedEntries);
    if (refused)
      return reply.code(refused.status).type(refused.type).headers(refused.headers).send(refused.body);
    if (operation.service === 'sns') request.body = withMessageForQueues(body);
    if (takesReceipts.has(operation.action)) request.body = withOriginalReceipts(body);
    headers.authorization &&= inRegion(headers.authorization, region);
    const moved = (await moves).answer(operation.action, body);
    return moved && reply.code(moved.status).type('application/x-amz-json-1.0').send(moved.body);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const error = reply.getHeader('x-amzn-query-error');
    if (typeof error === 'string') reply.header('x-amzn-query-error', queryError(error));
    if (typeof payload !== 'string') return payload;
    const { headers } = request;
    const failed = failedEntries.get(request);
    if (failed !== undefined) return withFailed(payload, failed);
    return answersWithUrls(headers) ? withLocalUrls(payload, headers.host) : payload;
  });
};

type FailedEntries = WeakMap<object, readonly FailedEntry[]>;

/** Holds a request against the limits of its service: what to answer instead, or nothing and what is left of it. */
const admit = (
  { service, action }: Pick<AwsRequest, 'service' | 'action'>,
  request: { body: unknown },
  failedEntries: FailedEntries,
) => {
  if (service === 'sns') {
    const over = overSnsLimit(action, request.body);
    return over && { status: 400, type: 'text/xml', headers: {}, body: snsError(over) };
  }
  const admission = admitToSqs(action, request.body);
  if (admission.kind === 'refused')
    return { type: 'application/x-amz-json-1.0', headers: {}, ...admission.answer };
  request.body = admission.body;
  if (admission.failed.length > 0) failedEntries.set(request, admission.failed);
  return undefined;
};

const DENIAL = authorizationError('not authorized to perform: SNS:Publish');

const denialReply = async (
  request: AwsRequest,
  body: unknown,
  { denies, denialOf }: SqsAndSnsOptions,
): Promise<DeniedReply | undefined> => {
  if (denies(request)) return DENIAL;
  const denied = await denialOf(request, Object(body));
  if (denied === undefined) return undefined;
  return request.service === 'sns' ? deniedBySns(denied) : deniedBySqs(denied);
};

const takesReceipts = new Set([
  'ChangeMessageVisibility',
  'ChangeMessageVisibilityBatch',
  'DeleteMessage',
  'DeleteMessageBatch',
]);

type Headers = NodeJS.Dict<string | string[]>;

/** SQS names its action in a header, SNS (query protocol) in the body. */
const operationOf = (headers: Headers, body: unknown): { service: 'sqs' | 'sns'; action: string } => {
  const [service, action] = String(headers['x-amz-target'] ?? '').split('.');
  if (service === 'AmazonSQS' && action !== undefined) return { service: 'sqs', action };
  return { service: 'sns', action: queryProtocol.safeParse(body).data?.Action ?? 'unknown' };
};

const queryProtocol = z.object({ Action: z.string() });

/** There is one region here; whichever a caller signs for, it means this one. */
const inRegion = (authorization: string, region: string): string =>
  authorization.replace(/(Credential=[^/]+\/\d{8}\/)[^/]+/, `$1${region}`);

const answersWithUrls = (headers: Headers): boolean =>
  /\.(GetQueueUrl|CreateQueue|ListQueues)$/.test(String(headers['x-amz-target'] ?? ''));

/** fauxqs names queues under *.localhost, which many systems do not resolve. */
const withLocalUrls = (payload: string, host = ''): string =>
  payload.replaceAll(/http:\/\/sqs\.[^/"]+\.localhost(:\d+)?\//g, `http://${host}/`);

const createQueue = async (
  server: FauxqsServer,
  client: SqsClient,
  { name, url, attributes }: QueueSpec,
): Promise<void> => {
  if (server.inspectQueue(name) === undefined) {
    server.createQueue(name, { attributes });
    return;
  }
  await client.setAttributes(url, { ...queueDefaults, ...attributes });
};
