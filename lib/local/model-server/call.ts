import { hash } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { seededRandom } from '../../seeded-random.ts';
import type { ModelServerState } from './control.ts';
import { type Exchange, fail, sendError } from './exchange.ts';
import type { Fault } from './faults.ts';
import { parseJson } from './parse-json.ts';
import { play } from './play.ts';
import { drawReply } from './reply.ts';
import type { ModelCall, ServerWire, WireError } from './wire.ts';

type HttpRequest = { headers: IncomingHttpHeaders; body: string };

/** Plays one call of a model from the request's body to the last byte of the reply. */
export const answerCall = async (
  state: ModelServerState,
  wire: ServerWire,
  request: HttpRequest,
  response: ServerResponse,
): Promise<void> => {
  const call = wire.read(parseJson(request.body));
  if (!wire.isAuthenticated(request.headers))
    return sendError(wire, response, { ...wire.errors.credentials, message: 'The key is not accepted.' });
  if (call === undefined) return sendError(wire, response, misread);
  const refusal = wire.refuse?.(call);
  if (refusal !== undefined) return sendError(wire, response, refusal);
  const exchange = open(state, wire, call, request, response);
  const retryAfterMs = admit(exchange);
  if (retryAfterMs !== undefined) return turnAway(exchange, retryAfterMs);
  state.inFlight += 1;
  try {
    const fault = strike(exchange);
    await play(served(exchange, fault), fault);
  } finally {
    state.inFlight -= 1;
  }
};

const misread: WireError = {
  status: 400,
  code: 'invalid_request_error',
  message: 'The request is not of the documented form.',
};

const open = (
  state: ModelServerState,
  wire: ServerWire,
  call: ModelCall,
  { headers, body }: HttpRequest,
  response: ServerResponse,
): Exchange => {
  const id = identify(state, body);
  const { traceId, callId } = traceOf(headers);
  return {
    state,
    wire,
    call,
    id,
    reply: drawReply(randomOf(id, 'reply'), call),
    traceId,
    callId,
    end: state.calls.start({ provider: wire.provider, model: call.model, traceId, callId }),
    response,
  };
};

/** Beyond this many bodies the count starts over, so that a long run does not fill the memory. */
const MAX_SEEN = 200_000;

/** Counts how often the same body came: a retry must not be doomed to draw the same failure for ever. */
const identify = (state: ModelServerState, body: string): string => {
  const bodyHash = hash('sha1', body);
  if (state.seen.size >= MAX_SEEN) state.seen.clear();
  const repetition = state.seen.get(bodyHash) ?? 0;
  state.seen.set(bodyHash, repetition + 1);
  return hash('sha1', `${state.seed} ${bodyHash} ${repetition}`);
};

/** Of the W3C trace context: the trace is the job's, the span the call's. */
const traceOf = (headers: IncomingHttpHeaders) => {
  const [, traceId, callId] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-/.exec(String(headers.traceparent ?? '')) ?? [];
  return { traceId, callId };
};

const admit = ({ state, wire, call, reply }: Exchange): number | undefined =>
  state.quota.admit({
    provider: wire.provider,
    model: call.model,
    tokens: reply.usage.inputTokens + reply.usage.outputTokens,
  });

/** Neither billed nor struck by a fault: nobody but the front door has seen the call. */
const turnAway = (exchange: Exchange, retryAfterMs: number): void =>
  fail(
    exchange,
    { ...exchange.wire.errors.rate, retryAfterSeconds: Math.ceil(retryAfterMs / 1000) },
    'throttled',
  );

const strike = ({ state, wire, call, id }: Exchange): Fault | undefined =>
  state.faults.strike({
    provider: wire.provider,
    model: call.model,
    tier: call.askedTier,
    draw: (ruleId) => randomOf(id, ruleId).next(),
  });

const served = (exchange: Exchange, fault: Fault | undefined): Exchange =>
  fault?.kind === 'servedTier'
    ? { ...exchange, call: { ...exchange.call, servedTier: exchange.wire.tierNames[fault.tier] } }
    : exchange;

const randomOf = (id: string, purpose: string) =>
  seededRandom(Number.parseInt(hash('sha1', `${id} ${purpose}`).slice(0, 8), 16));
