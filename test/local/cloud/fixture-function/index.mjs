// What a message asks for, this function does; what it was given, it prints. Plain JavaScript: it is deployed as it is.
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const environmentId = randomUUID();

const say = (words) => console.log(JSON.stringify(words));

/** What SNS hands over has no count. */
const isRepeated = (record) => Number(record.attributes?.ApproximateReceiveCount) > 1;

const deeds = {
  ok: () => undefined,
  fail: () => 'failed',
  throw: () => {
    throw new Error('asked to throw');
  },
  hang: () => {
    for (;;);
  },
  exit: () => process.exit(1),
  crash: () => {
    setTimeout(() => {
      throw new Error('asked to crash');
    });
    return sleep(10_000);
  },
  exhaust: () => {
    const hoard = [];
    for (;;) hoard.push(new Array(100_000).fill(hoard.length));
  },
  dawdle: () => sleep(400),
  askSecret: async () =>
    say({
      answer: await callAws('SECRETS_MANAGER', 'secretsmanager.GetSecretValue', {
        SecretId: process.env.SECRET,
      }),
    }),
  call: async ({ id, calls }) => {
    for (const call of calls) say({ id, answered: call.url ?? call.operation, ...(await outcomeOf(call)) });
  },
  lookUp: async ({ id, hosts }) => {
    for (const host of hosts) say({ id, host, found: await lookup(host, { all: true }) });
  },
  crashLater: () => {
    setTimeout(() => {
      throw new Error('asked to crash later');
    }, 50);
  },
};

/** `{ operation, input }` to DynamoDB or `{ url }`, with fetch or, when `by` is "http", with node:http. */
const outcomeOf = async ({ url, operation, input, by }) => {
  try {
    if (url !== undefined) return { status: (await fetch(url)).status };
    return { answer: await callAws('DYNAMODB', `DynamoDB_20120810.${operation}`, input, transports[by]) };
  } catch (error) {
    return { failure: error.cause?.code ?? error.code };
  }
};

const byFetch = async (url, init) => (await fetch(url, init)).json();

const byHttp = (url, { body, ...options }) =>
  new Promise((resolve, reject) => {
    httpRequest(url, options, async (response) => resolve(JSON.parse(await text(response))))
      .once('error', reject)
      .end(body);
  });

const transports = { http: byHttp };

const callAws = (service, target, input, transport = byFetch) => {
  const { AWS_ACCESS_KEY_ID, AWS_REGION } = process.env;
  return transport(process.env[`AWS_ENDPOINT_URL_${service}`], {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/20260101/${AWS_REGION}/local/aws4_request`,
    },
    body: JSON.stringify(input),
  });
};

const replies = {
  nothing: () => undefined,
  failures: (ids) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) }),
  unknownId: () => ({ batchItemFailures: [{ itemIdentifier: 'no message of this batch' }] }),
  /** A response of so many bytes, with the quotes of its JSON. */
  large: (_ids, { bytes }) => 'x'.repeat(bytes - 2),
  malformed: () => ({ batchItemFailures: [{ itemIdentifer: 'misspelt' }] }),
};

/** A message `{ id, once, always, reply }`: `once` on its first delivery, `always` on every one. */
export const handler = async (event, context) => {
  const requests = event.Records.map((record) => ({
    record,
    request: JSON.parse(record.body ?? record.Sns.Message),
  }));
  const startedAtMs = Date.now();
  say({ began: requests.map(({ request }) => request.id), environmentId, requestId: context.awsRequestId });
  const failed = [];
  for (const { record, request } of requests) {
    if (request.show !== undefined)
      say({ show: request.show, event, env: process.env, leftMs: context.getRemainingTimeInMillis() });
    const deed = isRepeated(record) ? request.always : (request.once ?? request.always);
    if ((await deeds[deed ?? 'ok'](request)) === 'failed') failed.push(record.messageId);
  }
  const { request, record } = requests[0];
  say({
    ended: requests.map(({ request: { id } }) => id),
    environmentId,
    startedAtMs,
    endedAtMs: Date.now(),
  });
  const reply = isRepeated(record) ? 'failures' : (request.reply ?? 'failures');
  return replies[reply](failed, request);
};
