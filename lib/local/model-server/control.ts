import * as z from 'zod';
import type { CallLog } from './call-log.ts';
import { type Faults, faultRules } from './faults.ts';
import { readUsageQuery, usagePage } from './organization-usage.ts';
import { parseJson } from './parse-json.ts';
import { type Quota, quotaRules } from './quota.ts';
import type { UsageLog } from './usage.ts';

/** `instant` answers at once; `realistic` takes the time that such a model takes. */
const modelProfiles = ['realistic', 'instant'] as const;
export type ModelProfile = (typeof modelProfiles)[number];

/** What the control routes read and change. */
export type ModelServerState = {
  /** ms since 1970. */
  now(): number;
  seed: number;
  profile: ModelProfile;
  faults: Faults;
  quota: Quota;
  usage: UsageLog;
  calls: CallLog;
  inFlight: number;
  /** How often each request body was seen, by its hash: a repeat draws anew. */
  seen: Map<string, number>;
};

export type ControlRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  authorization: string;
  body: string;
};

export type ControlReply = { status: number; body: object };

type Route = (state: ModelServerState, request: ControlRequest) => ControlReply;

const profileBody = z.strictObject({ profile: z.enum(modelProfiles) });

const callsQuery = z.strictObject({
  since: z.string().regex(/^\d+$/, 'must be in whole ms since 1970').default('0').transform(Number),
});

const knownModels = [
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-6.1-sol',
  'gpt-6.1-terra',
  'gpt-6-luna',
  'claude-haiku-5-5',
];

const ok = (body: object): ControlReply => ({ status: 200, body });

const refuse = ({ issues }: z.ZodError, whole: string): ControlReply => {
  const [issue] = issues;
  const place = issue?.path.join('.') ?? '';
  const reason = `${place === '' ? whole : place}: ${issue?.message ?? 'invalid'}`;
  return { status: 400, body: { error: reason } };
};

const describeState = (state: ModelServerState): ControlReply =>
  ok({
    nowMs: state.now(),
    seed: state.seed,
    profile: state.profile,
    faults: state.faults.list(),
    quota: state.quota.list(),
    inFlight: state.inFlight,
    calls: state.usage.report().totals.calls,
  });

const change =
  <T>(schema: z.ZodType<T>, apply: (state: ModelServerState, value: T) => void): Route =>
  (state, { body }) => {
    const parsed = schema.safeParse(parseJson(body));
    if (!parsed.success) return refuse(parsed.error, 'body');
    apply(state, parsed.data);
    return describeState(state);
  };

const clear =
  (apply: (state: ModelServerState) => void): Route =>
  (state) => {
    apply(state);
    return describeState(state);
  };

const listCalls: Route = (state, { query }) => {
  const parsed = callsQuery.safeParse(Object.fromEntries(query));
  return parsed.success ? ok({ calls: state.calls.since(parsed.data.since) }) : refuse(parsed.error, 'query');
};

/** As OpenAI's: it takes an admin key, whatever that is here. */
const organizationUsage: Route = (state, { query, authorization }) => {
  if (!/^Bearer \S+$/.test(authorization)) return { status: 401, body: { error: 'an admin key is needed' } };
  const parsed = readUsageQuery(query);
  if (!parsed.success) return refuse(parsed.error, 'query');
  return ok(usagePage(state.usage.report().records, parsed.data, state.now()));
};

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /health', () => ok({ status: 'ok' })],
  ['GET /v1/models', () => ok({ object: 'list', data: knownModels.map((id) => ({ id, object: 'model' })) })],
  ['GET /v1/organization/usage/completions', organizationUsage],
  ['GET /control', describeState],
  [
    'PUT /control/profile',
    change(profileBody, (state, { profile }) => {
      state.profile = profile;
    }),
  ],
  ['PUT /control/faults', change(faultRules, (state, rules) => state.faults.replace(rules))],
  ['DELETE /control/faults', clear((state) => state.faults.replace([]))],
  ['PUT /control/quota', change(quotaRules, (state, rules) => state.quota.replace(rules))],
  ['DELETE /control/quota', clear((state) => state.quota.replace([]))],
  ['GET /control/usage', (state) => ok(state.usage.report())],
  [
    'DELETE /control/usage',
    clear((state) => {
      state.usage.clear();
      state.seen.clear();
    }),
  ],
  ['GET /control/calls', listCalls],
  ['DELETE /control/calls', clear((state) => state.calls.clear())],
]);

/** Answers whatever is not a call of a model. */
export const control = (state: ModelServerState, request: ControlRequest): ControlReply =>
  routes.get(`${request.method} ${request.path}`)?.(state, request) ?? {
    status: 404,
    body: { error: 'no such resource' },
  };
