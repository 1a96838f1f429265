import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { GROUPS } from '../../lib/pipeline/alerts/alert-records.ts';
import { groupSchema } from '../../lib/pipeline/alerts/group.ts';
import { alertBody } from '../../lib/pipeline/alerts/message-body.ts';
import { privacyAlert } from '../../lib/pipeline/alerts/privacy-alert.ts';
import { createDynamoDbFleetStore } from '../../lib/runtime/dynamodb-fleet-store.ts';
import { allRows, eventually, type LocalRelay, startLocalRelay } from './local-relay.ts';

let relay: LocalRelay;
beforeAll(async () => {
  relay = await startLocalRelay(['--no-sample', '--instant']);
});
afterAll(() => relay.stop());

/** What the runbook says of privacy requests, against this relay. */
const section = (/\n## Privacy request\n([\s\S]+?)\n## /.exec(readFileSync('docs/runbook.md', 'utf8')) ??
  [])[1];
const [look = '', jobsOf = '', erase = '', answered = '', end = ''] = [
  ...(section ?? '').replaceAll('relay-production-', 'relay-local-').matchAll(/```sh\n([\s\S]+?)```/g),
].map(([, code]) => code);

const run = async (commands: string): Promise<string> => {
  const { aws, dynamodb } = relay.endpoints;
  const here = `aws() { case "$1" in dynamodb) command aws --endpoint-url ${dynamodb} "$@" ;; *) command aws --endpoint-url ${aws} "$@" ;; esac; }
url() { aws sqs get-queue-url --queue-name "$1" --output text; }`;
  const keys = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_DEFAULT_REGION: 'us-east-1' };
  const script = [here, jobsOf, erase, answered, commands].join('\n');
  const env = { ...keys, PATH: process.env.PATH, HOME: process.env.HOME };
  return (await promisify(execFile)('bash', ['-c', script], { env })).stdout;
};

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;
if (!hasAwsCli) console.warn('skipped: the runbook of privacy requests needs the AWS CLI');

const put = (TableName: string, item: Record<string, unknown>) =>
  relay.dynamodb.send(new PutItemCommand({ TableName, Item: marshall(item) }));

(hasAwsCli ? it : it.skip)('a person can carry out a request with what the runbook says', async () => {
  const request = {
    tenantId: 't 1',
    requestId: 'r1',
    right: 'erasure',
    subjectKind: 'fan',
    subjectRef: 'fan_1',
  };
  await put('relay-local-privacy', { ...request, status: 'received', dueOn: '2026-12-26' });
  await put('relay-local-privacy', { ...request, requestId: 'r0', status: 'received', dueOn: '2026-12-24' });
  const job = { tenantId: 't 1', creatorId: 'c1', subjectRefs: ['fan_0', 'fan_1'] };
  await put('relay-local-jobs', { ...job, jobId: 'j1' });
  await put('relay-local-jobs', { ...job, jobId: 'j2', subjectRefs: ['fan_2'] });
  await put('relay-local-jobs', { ...job, jobId: 'j3', tenantId: 't2' });

  expect((await run(look)).trim().split('\n')).toEqual([
    ['2026-12-24', 't 1', 'r0', 'erasure', 'fan', 'fan_1'].join('\t'),
    ['2026-12-26', 't 1', 'r1', 'erasure', 'fan', 'fan_1'].join('\t'),
  ]);
  expect(JSON.parse(await run(`jobs_of 't 1' fan fan_1`)).map(unmarshall)).toEqual([{ ...job, jobId: 'j1' }]);
  const idsOf = async (whose: string) =>
    (await run(`jobs_of ${whose} text 'Items[].[jobId.S]'`)).trim().split('\n').sort();
  expect(await idsOf(`'t 1' creator c1`)).toEqual(['j1', 'j2']);
  expect(await idsOf(`'t 1' tenant 't 1'`)).toEqual(['j1', 'j2']);
  await run(`erase 't 1' fan fan_1`);
  expect((await allRows(relay)).map(({ jobId }) => jobId).sort()).toEqual(['j2', 'j3']);

  await run(`answered 't 1' r1`);
  const Key = marshall({ tenantId: 't 1', requestId: 'r1' });
  const { Item = {} } = await relay.dynamodb.send(
    new GetItemCommand({ TableName: 'relay-local-privacy', Key }),
  );
  expect(unmarshall(Item)).toMatchObject({ status: 'completed', completedAtMs: expect.any(Number) });
  await expect(run(`answered 't 1' nobody`)).rejects.toThrow('conditional request failed');
  expect(await run(look)).not.toContain('r1');
});

(hasAwsCli ? it : it.skip)('and end the alert', async () => {
  const store = createDynamoDbFleetStore({
    client: relay.dynamodb,
    tableName: 'relay-local-alerts',
    now: Date.now,
  });
  const stateOf = async () => {
    const groups = (await store.list(GROUPS)).flatMap(({ value }) => groupSchema.safeParse(value).data ?? []);
    return groups.find(({ name }) => name === 'privacy-request')?.members[0]?.state;
  };
  const raised = alertBody(privacyAlert(Date.now() - 10_000)); // the runbook's clock tells whole seconds
  await run(`aws sqs send-message --queue-url "$(url relay-local-alerts)" --message-body '${raised}'`);
  await eventually(async () => ((await stateOf()) === 'firing' ? true : undefined));
  await run(end);
  await eventually(async () => ((await stateOf()) === 'resolved' ? true : undefined));
});
