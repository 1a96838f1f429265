import * as z from 'zod';
import { type Faults, faultRules } from './faults.ts';
import type { UsageLog } from './usage.ts';

/** `instant` answers at once; `realistic` takes the time that such a model takes. */
const modelProfiles = ['realistic', 'instant'] as const;
export type ModelProfile = (typeof modelProfiles)[number];

/** What the control routes read and change. */
export type ModelServerState = {
  seed: number;
  profile: ModelProfile;
  faults: Faults;
  usage: UsageLog;
  inFlight: number;
  /** How often each request body was seen, by its hash: a repeat draws anew. */
  seen: Map<string, number>;
};

export type ControlReply = { status: number; body: object };

type Route = (state: ModelServerState, body: string) => ControlReply;

const profileBody = z.strictObject({ profile: z.enum(modelProfiles) });

const knownModels = [
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-6.1-sol',
  'gpt-6.1-terra',
  'gpt-6-luna',
  'claude-haiku-5-5',
];

const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /health', () => ok({ status: 'ok' })],
  ['GET /v1/models', () => ok({ object: 'list', data: knownModels.map((id) => ({ id, object: 'model' })) })],
  ['GET /control', (state) => describeState(state)],
  [
    'PUT /control/profile',
    (state, body) =>
      change(state, profileBody, body, ({ profile }) => {
        state.profile = profile;
      }),
  ],
  [
    'PUT /control/faults',
    (state, body) => change(state, faultRules, body, (rules) => state.faults.replace(rules)),
  ],
  [
    'DELETE /control/faults',
    (state) => {
      state.faults.replace([]);
      return describeState(state);
    },
  ],
  ['GET /control/usage', (state) => ok(state.usage.report())],
  [
    'DELETE /control/usage',
    (state) => {
      state.usage.clear();
      state.seen.clear();
      return describeState(state);
    },
  ],
]);

/** Answers whatever is not a call of a model. */
export const control = (state: ModelServerState, method: string, path: string, body: string): ControlReply =>
  routes.get(`${method} ${path}`)?.(state, body) ?? { status: 404, body: { error: 'no such resource' } };

const ok = (body: object): ControlReply => ({ status: 200, body });

const describeState = ({ seed, profile, faults, usage, inFlight }: ModelServerState): ControlReply =>
  ok({ seed, profile, faults: faults.list(), inFlight, calls: usage.report().totals.calls });

const change = <T>(
  state: ModelServerState,
  schema: z.ZodType<T>,
  body: string,
  apply: (value: T) => void,
): ControlReply => {
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) return { status: 400, body: { error: reasonOf(parsed.error) } };
  apply(parsed.data);
  return describeState(state);
};

const reasonOf = ({ issues }: z.ZodError): string => {
  const [issue] = issues;
  const place = issue?.path.join('.') ?? '';
  return `${place === '' ? 'body' : place}: ${issue?.message ?? 'invalid'}`;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
