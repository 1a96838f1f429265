import * as z from 'zod';
import {
  type ControlReply,
  formOf,
  helpOf,
  notFound,
  ok,
  readBody,
  reasonOf,
  refuse,
} from '../control-door.ts';
import type { CallLog } from './call-log.ts';
import { type Faults, faultRules } from './faults.ts';
import { knownModels } from './known-models.ts';
import { anthropicPage, openAiPage, readAnthropicQuery, readOpenAiQuery } from './organization-usage.ts';
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
  apiKey: string;
  body: string;
};

type Route = (state: ModelServerState, request: ControlRequest) => ControlReply;

const profileBody = z.strictObject({ profile: z.enum(modelProfiles) });

const callsQuery = z.strictObject({
  since: z.string().regex(/^\d+$/, 'must be in whole ms since 1970').default('0').transform(Number),
});

const example: object = [{ id: 'dead-model', match: { model: 'gpt-5-mini' }, fault: { kind: 'silent' } }];

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
    const read = readBody(schema, body);
    if (read.kind === 'refused') return read.reply;
    apply(state, read.value);
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
  return parsed.success
    ? ok({ calls: state.calls.since(parsed.data.since) })
    : refuse(reasonOf(parsed.error, 'query'));
};

const keyNeeded: ControlReply = { status: 401, body: { error: 'an admin key is needed' } };

/** As OpenAI's: it takes an admin key, whatever that is here. */
const organizationUsage: Route = (state, { query, authorization }) => {
  if (!/^Bearer \S+$/.test(authorization)) return keyNeeded;
  const parsed = readOpenAiQuery(query);
  if (!parsed.success) return refuse(reasonOf(parsed.error, 'query'));
  return ok(openAiPage(state.usage.report().records, parsed.data, state.now()));
};

/** As Anthropic's. */
const usageReport: Route = (state, { query, apiKey }) => {
  if (apiKey === '') return keyNeeded;
  const parsed = readAnthropicQuery(query);
  if (!parsed.success) return refuse(reasonOf(parsed.error, 'query'));
  return ok(anthropicPage(state.usage.report().records, parsed.data, state.now()));
};

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /health', () => ok({ status: 'ok' })],
  ['GET /v1/models', () => ok({ object: 'list', data: knownModels.map((id) => ({ id, object: 'model' })) })],
  ['GET /v1/organization/usage/completions', organizationUsage],
  ['GET /v1/organizations/usage_report/messages', usageReport],
  [
    'GET /control',
    (state) =>
      ok({
        ...describeState(state).body,
        help: { ...helpOf(routes.keys(), faultRules, example), models: knownModels },
      }),
  ],
  ['GET /control/faults/form', () => formOf(faultRules)],
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
  routes.get(`${request.method} ${request.path}`)?.(state, request) ?? notFound(routes.keys());
