import * as z from 'zod';
import { type ControlReply, formOf, helpOf, notFound, ok, readBody, refuse } from '../../control-door.ts';
import type { Alarms } from '../cloudwatch/alarms.ts';
import type { Deliveries } from '../lambda/deliveries.ts';
import type { LambdaFunction } from '../lambda/lambda.ts';
import { type FaultRule, faultRules } from './fault-rules.ts';
import { endsWith, type RuleBook } from './rule-book.ts';

/** What the control routes read and change. */
export type ControlledCloud = {
  rules: RuleBook;
  deliveries: Deliveries;
  alarms: Alarms;
  queueNames: readonly string[];
  tableNames: readonly string[];
  /** Makes visible what dead environments left in flight of a queue; how many messages that were. */
  expireVisibility(queueName: string): Promise<number>;
  functions: ReadonlyMap<string, Pick<LambdaFunction, 'invoke'>>;
};

export type ControlRequest = { method: string; path: string; body: string };

type Route = (cloud: ControlledCloud, body: string) => ControlReply | Promise<ControlReply>;

const describe = ({ rules, deliveries }: ControlledCloud): ControlReply =>
  ok({ seed: rules.seed, faults: rules.list(), deliveries: deliveries.count() });

const example: object = [
  { id: 'slow-writes', match: { operation: 'UpdateItem', table: 'jobs' }, fault: { kind: 'slow', ms: 2000 } },
];

const help: Route = (cloud) => {
  const { functions, tableNames, queueNames } = cloud;
  const names = { functionNames: [...functions.keys()], tableNames, queueNames };
  return ok({ ...describe(cloud).body, help: { ...helpOf(routes.keys(), faultRules, example), names } });
};

const replaceFaults: Route = (cloud, body) => {
  const read = readBody(faultRules, body);
  if (read.kind === 'refused') return read.reply;
  const stranger = strangerIn(cloud, read.value);
  if (stranger !== undefined) return refuse(stranger);
  cloud.rules.replace(read.value);
  return describe(cloud);
};

/** A name in a rule that is no end of any name here: the rule would strike nothing. */
const strangerIn = (cloud: ControlledCloud, rules: readonly FaultRule[]): string | undefined => {
  const known = {
    functionName: [...cloud.functions.keys()],
    table: cloud.tableNames,
    queue: cloud.queueNames,
  };
  for (const [index, { match }] of rules.entries()) {
    for (const key of ['functionName', 'table', 'queue'] as const) {
      if (!known[key].some((name) => endsWith(name, match[key])))
        return `${index}.match.${key}: there is none of that name; there are ${known[key].join(', ')}`;
    }
  }
  return undefined;
};

const clearFaults: Route = (cloud) => {
  cloud.rules.replace([]);
  return describe(cloud);
};

/** Without a body: all queues. A queue is named by the end of its name. */
const expiry = z.strictObject({ queue: z.string().min(1).optional() });

const expireVisibility: Route = async (cloud, body) => {
  const read = readBody(expiry, body === '' ? '{}' : body);
  if (read.kind === 'refused') return read.reply;
  const { queue = '' } = read.value;
  const names = cloud.queueNames.filter((name) => name.endsWith(queue));
  if (names.length === 0)
    return refuse(`queue: there is no queue "${queue}"; there are ${cloud.queueNames.join(', ')}`);
  let released = 0;
  for (const name of names) released += await cloud.expireVisibility(name);
  return ok({ released });
};

/** A function is named by the end of its name. */
const invocation = z.strictObject({ function: z.string().min(1), event: z.unknown().optional() });

/** As `aws lambda invoke` does: replies when it is over, with what it came to. */
const invoke: Route = async ({ functions }, body) => {
  const read = readBody(invocation, body);
  if (read.kind === 'refused') return read.reply;
  const { function: wanted, event = {} } = read.value;
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
  ['GET /control', help],
  ['GET /control/faults/form', () => formOf(faultRules)],
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
): Promise<ControlReply> => routes.get(`${method} ${path}`)?.(cloud, body) ?? notFound(routes.keys());
