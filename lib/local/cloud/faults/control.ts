import * as z from 'zod';
import type { Alarms } from '../cloudwatch/alarms.ts';
import type { Deliveries } from '../lambda/deliveries.ts';
import type { LambdaFunction } from '../lambda/lambda.ts';
import { faultRules } from './fault-rules.ts';
import type { RuleBook } from './rule-book.ts';

/** What the control routes read and change. */
export type ControlledCloud = {
  rules: RuleBook;
  deliveries: Deliveries;
  alarms: Alarms;
  queueNames: readonly string[];
  /** Makes visible what dead environments left in flight of a queue; how many messages that were. */
  expireVisibility(queueName: string): Promise<number>;
  functions: ReadonlyMap<string, Pick<LambdaFunction, 'invoke'>>;
};

export type ControlRequest = { method: string; path: string; body: string };

export type ControlReply = { status: number; body: object };

type Route = (cloud: ControlledCloud, body: string) => ControlReply | Promise<ControlReply>;

const ok = (body: object): ControlReply => ({ status: 200, body });

const refuse = (error: string): ControlReply => ({ status: 400, body: { error } });

const reasonOf = ({ issues: [issue] }: z.ZodError): string => {
  const place = issue?.path.join('.') ?? '';
  return `${place === '' ? 'body' : place}: ${issue?.message ?? 'invalid'}`;
};

const describe = ({ rules, deliveries }: ControlledCloud): ControlReply =>
  ok({ seed: rules.seed, faults: rules.list(), deliveries: deliveries.count() });

const replaceFaults: Route = (cloud, body) => {
  const parsed = faultRules.safeParse(parseJson(body));
  if (!parsed.success) return refuse(reasonOf(parsed.error));
  cloud.rules.replace(parsed.data);
  return describe(cloud);
};

const clearFaults: Route = (cloud) => {
  cloud.rules.replace([]);
  return describe(cloud);
};

/** Without a body: all queues. A queue is named by the end of its name. */
const expiry = z.strictObject({ queue: z.string().min(1).optional() });

const expireVisibility: Route = async (cloud, body) => {
  const parsed = expiry.safeParse(body === '' ? {} : parseJson(body));
  if (!parsed.success) return refuse(reasonOf(parsed.error));
  const { queue = '' } = parsed.data;
  const names = cloud.queueNames.filter((name) => name.endsWith(queue));
  if (names.length === 0) return refuse(`queue: there is no queue "${queue}"`);
  let released = 0;
  for (const name of names) released += await cloud.expireVisibility(name);
  return ok({ released });
};

/** A function is named by the end of its name. */
const invocation = z.strictObject({ function: z.string().min(1), event: z.unknown().optional() });

/** As `aws lambda invoke` does: replies when it is over, with what it came to. */
const invoke: Route = async ({ functions }, body) => {
  const parsed = invocation.safeParse(parseJson(body));
  if (!parsed.success) return refuse(reasonOf(parsed.error));
  const { function: wanted, event = {} } = parsed.data;
  const [[, target] = []] = [...functions].filter(([name]) => name.endsWith(wanted));
  if (target === undefined) return refuse(`function: there is no function "${wanted}"`);
  return ok(await target.invoke(JSON.stringify(event)));
};

const listAlarms: Route = ({ alarms }) =>
  ok({
    alarms: alarms
      .list()
      .map(({ sinceMs, ...alarm }) => ({ ...alarm, since: new Date(sinceMs).toISOString() })),
  });

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /health', () => ok({ status: 'ok' })],
  ['GET /control', describe],
  ['GET /control/alarms', listAlarms],
  ['PUT /control/faults', replaceFaults],
  ['DELETE /control/faults', clearFaults],
  ['POST /control/visibility/expire', expireVisibility],
  ['POST /control/invoke', invoke],
]);

/** Answers a request to the control of the local cloud. */
export const control = async (
  cloud: ControlledCloud,
  { method, path, body }: ControlRequest,
): Promise<ControlReply> =>
  routes.get(`${method} ${path}`)?.(cloud, body) ?? { status: 404, body: { error: 'no such resource' } };

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
