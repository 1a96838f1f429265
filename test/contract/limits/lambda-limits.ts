import * as z from 'zod';
import { type Limit, type LimitedCloud, times } from './limit.ts';

/** Has one reserved environment of 128 MB; limits.test.ts adds it to the fixture. */
export const LIMITED_FUNCTION = 'limited-function';

const result = z.object({ kind: z.string(), errorType: z.string().optional() });

/** What the fixture's function does with a message: see fixture-function. */
type Deed = { always?: string; reply?: string; bytes?: number };

const eventOf = (deed: Deed, padding = '') => ({
  padding,
  Records: [
    {
      messageId: 'a',
      body: JSON.stringify({ id: 'a', ...deed }),
      attributes: { ApproximateReceiveCount: '1' },
    },
  ],
});

/** Invokes as `aws lambda invoke` does; rejects by the name that Lambda gives to what went wrong. */
const invoke = async ({ control }: LimitedCloud, functionName: string, event: object): Promise<void> => {
  const body = JSON.stringify({ function: functionName, event });
  const response = await fetch(`${control}/control/invoke`, { method: 'POST', body });
  const { kind, errorType } = result.parse(await response.json());
  if (kind === 'returned') return;
  const name = kind === 'throttled' ? 'TooManyRequestsException' : errorType;
  throw Object.assign(new Error(`the invocation has ended: ${kind}`), { name });
};

const run = (cloud: LimitedCloud, deed: Deed) => invoke(cloud, LIMITED_FUNCTION, eventOf(deed));

const ofBytes = (bytes: number) => {
  const rest = Buffer.byteLength(JSON.stringify(eventOf({})));
  return eventOf({}, 'x'.repeat(bytes - rest));
};

const post = async ({ api }: LimitedCloud, bytes: number): Promise<void> => {
  const { status } = await fetch(`${api}/limited`, { method: 'POST', body: 'x'.repeat(bytes) });
  if (status === 413) throw Object.assign(new Error('refused'), { name: '413 Request Too Long' });
};

const MB = 1_048_576;

export const lambdaLimits: Limit[] = [
  {
    service: 'Lambda',
    what: 'time of an invocation',
    figure: 'the function’s timeout',
    error: 'Sandbox.Timedout',
    within: (cloud) => run(cloud, { always: 'ok' }),
    // The fixture's own functions have a timeout of 1 s.
    over: (cloud) => invoke(cloud, 'fixture-items', eventOf({ always: 'hang' })),
  },
  {
    service: 'Lambda',
    what: 'memory of an execution environment',
    figure: 'the function’s memory',
    error: 'Runtime.ExitError',
    within: (cloud) => run(cloud, { always: 'ok' }),
    over: (cloud) => run(cloud, { always: 'exhaust' }),
  },
  {
    service: 'Lambda',
    what: 'payload of an invocation',
    figure: '6 MB',
    error: 'RequestTooLargeException',
    within: (cloud) => invoke(cloud, LIMITED_FUNCTION, ofBytes(6 * MB)),
    over: (cloud) => invoke(cloud, LIMITED_FUNCTION, ofBytes(6 * MB + 1)),
  },
  {
    service: 'Lambda',
    what: 'response of a function',
    figure: '6 MB and 100 bytes',
    error: 'Function.ResponseSizeTooLarge',
    within: (cloud) => run(cloud, { reply: 'large', bytes: 6 * MB + 100 }),
    over: (cloud) => run(cloud, { reply: 'large', bytes: 6 * MB + 101 }),
  },
  {
    service: 'Lambda',
    what: 'invocations of a function at a time',
    figure: 'its reserved concurrency',
    error: 'TooManyRequestsException',
    within: (cloud) => run(cloud, {}),
    over: (cloud) => Promise.all(times(5, () => run(cloud, { always: 'dawdle' }))),
  },
  {
    service: 'API Gateway',
    what: 'body of a request to a function',
    figure: '6 MB (Lambda’s; API Gateway’s own are 10 MB)',
    error: '413 Request Too Long',
    within: (cloud) => post(cloud, 5 * MB),
    over: (cloud) => post(cloud, 6 * MB + 1),
  },
];
