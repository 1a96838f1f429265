import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime, RuntimeFamily } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';

export const REGION = 'eu-west-3';

/** What tests vary; everything else of the fixture is the same for all. */
export type Variation = { visibilitySeconds?: number; partitionKey?: string; extend?(stack: Stack): void };

/**
 * A small app in two stacks: a table and a secret that the other stack refers to, and a queue with its own function for
 * each kind of mapping. Timeouts are short, so that redelivery can be awaited.
 */
export const synthesizeFixture = (outdir: string, variation: Variation = {}): string => {
  const app = new App({ outdir, context: { '@aws-cdk/core:defaultCrossStackReferences': 'weak' } });
  const props = { env: { region: REGION } };
  const state = new Stack(app, 'State', props);
  const table = new TableV2(state, 'Table', {
    tableName: 'fixture-table',
    partitionKey: { name: variation.partitionKey ?? 'id', type: AttributeType.STRING },
    timeToLiveAttribute: 'expiresAt',
  });
  const secret = new Secret(state, 'Secret', { secretName: 'fixture-secret' });
  const work = new Stack(app, 'Work', props);
  const deadLetters = new Queue(work, 'DeadLetters', { queueName: 'fixture-dlq' });
  new Topic(work, 'Topic', { topicName: 'fixture-topic' }).addSubscription(new SqsSubscription(deadLetters));
  const environment = { TABLE: table.tableName, SECRET: secret.secretArn };
  const add = (name: string, mapping: SqsEventSourceProps, visibilitySeconds = 2) => {
    const lambda = addMappedQueue(work, name, mapping, {
      environment,
      deadLetters,
      visibilitySeconds: variation.visibilitySeconds ?? visibilitySeconds,
    });
    table.grantReadWriteData(lambda);
    if (name === 'single') secret.grantRead(lambda);
    return lambda;
  };
  add('items', { batchSize: 5, reportBatchItemFailures: true, maxConcurrency: 2 });
  add('whole', { batchSize: 5, maxConcurrency: 2 });
  add('window', { batchSize: 5, reportBatchItemFailures: true, maxBatchingWindow: Duration.seconds(2) }, 10);
  add('single', { batchSize: 1, reportBatchItemFailures: true, maxConcurrency: 2 });
  const off = add('off', { enabled: false });
  new Topic(work, 'News', { topicName: 'fixture-news' }).addSubscription(
    new LambdaSubscription(off, {
      filterPolicy: { kind: SubscriptionFilter.stringFilter({ denylist: ['dull'] }) },
    }),
  );
  variation.extend?.(work);
  return app.synth().directory;
};

type Surroundings = {
  environment?: Record<string, string>;
  deadLetters?: Queue;
  visibilitySeconds: number;
  timeoutSeconds?: number;
};

export const addMappedQueue = (
  stack: Stack,
  name: string,
  mapping: SqsEventSourceProps,
  { environment, deadLetters, visibilitySeconds, timeoutSeconds = 1 }: Surroundings,
): LambdaFunction => {
  const queue = new Queue(stack, `${name}Queue`, {
    queueName: `fixture-${name}`,
    visibilityTimeout: Duration.seconds(visibilitySeconds),
    ...(deadLetters && { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 2 } }),
  });
  const lambda = new LambdaFunction(stack, `${name}Function`, {
    functionName: `fixture-${name}`,
    runtime: new Runtime('nodejs24.x', RuntimeFamily.NODEJS),
    handler: 'index.handler',
    code: Code.fromAsset(join(__dirname, 'fixture-function')),
    timeout: Duration.seconds(timeoutSeconds),
    memorySize: 128,
    environment: { ...environment, PURPOSE: name },
  });
  lambda.addEventSource(new SqsEventSource(queue, mapping));
  return lambda;
};
