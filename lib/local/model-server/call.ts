import { hash } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Usage } from '../../pipeline/model.ts';
import { seededRandom } from '../seeded-random.ts';
import type { ModelServerState } from './control.ts';
import type { Fault } from './faults.ts';
import { type DrawnReply, drawReply } from './reply.ts';
import type { CallOutcome } from './usage.ts';
import type { Completion, ModelCall, ServerWire, WireError } from './wire.ts';

/** A call on its way: who asked what, and where the answer goes. */
type Exchange = {
  state: ModelServerState;
  wire: ServerWire;
  call: ModelCall;
  /** Hex digits that are the same for the same seed, body and repetition of that body. */
  id: string;
  traceId: string | undefined;
  response: ServerResponse;
};

type HttpRequest = { headers: IncomingHttpHeaders; body: string };

/** Plays one call of a model from the request's body to the last byte of the reply. */
export const answerCall = async (
  state: ModelServerState,
  wire: ServerWire,
  { headers, body }: HttpRequest,
  response: ServerResponse,
): Promise<void> => {
  const call = wire.read(parseJson(body));
  if (!wire.isAuthenticated(headers))
    return sendError(wire, response, { ...wire.keyError, message: 'The key is not accepted.' });
  if (call === undefined) return sendError(wire, response, misread);
  const exchange = { state, wire, call, id: identify(state, body), traceId: traceIdOf(headers), response };
  state.inFlight += 1;
  try {
    await play(exchange, strike(exchange));
  } finally {
    state.inFlight -= 1;
  }
};

const misread: WireError = {
  status: 400,
  code: 'invalid_request_error',
  message: 'The request is not of the documented form.',
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

const traceIdOf = (headers: IncomingHttpHeaders): string | undefined =>
  /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(String(headers.traceparent ?? ''))?.[1];

const strike = ({ state, wire, call, id }: Exchange): Fault | undefined =>
  state.faults.strike({
    provider: wire.provider,
    model: call.model,
    draw: (ruleId) => randomOf(id, ruleId).next(),
  });

const randomOf = (id: string, purpose: string) =>
  seededRandom(Number.parseInt(hash('sha1', `${id} ${purpose}`).slice(0, 8), 16));

const play = async (exchange: Exchange, fault: Fault | undefined): Promise<void> => {
  switch (fault?.kind) {
    case 'status':
      return fail(exchange, fault, fault.retryAfter);
    case 'money':
      return fail(exchange, exchange.wire.moneyError);
    case 'credentials':
      return fail(exchange, exchange.wire.keyError);
    case 'reset':
      record(exchange, 'reset');
      exchange.response.socket?.resetAndDestroy();
      return;
    case 'silent':
      await staysFor(exchange.response, Number.POSITIVE_INFINITY);
      return record(exchange, 'aborted');
    default:
      return think(exchange, fault);
  }
};

type ThinkingFault = Extract<Fault, { kind: 'slow' | 'cut' | 'malformed' | 'incomplete' | 'refusal' }>;

const think = async (exchange: Exchange, fault: ThinkingFault | undefined): Promise<void> => {
  const { state, wire, call, id, response } = exchange;
  const reply = drawReply(randomOf(id, 'reply'), call);
  const isInstant = state.profile === 'instant' && fault?.kind !== 'slow';
  const latencyMs = reply.latencyMs * (fault?.kind === 'slow' ? fault.factor : 1);
  if (!isInstant && !(await staysFor(response, latencyMs))) return record(exchange, 'aborted');
  const completion = complete(call, id, reply, fault);
  const body = Buffer.from(JSON.stringify(wire.write(call, completion)));
  record(exchange, outcomeOf(completion, fault), completion.usage);
  send(response, body, fault);
};

const complete = (
  call: ModelCall,
  id: string,
  reply: DrawnReply,
  fault: ThinkingFault | undefined,
): Completion => {
  const { usage, text } = reply;
  if (fault?.kind === 'refusal')
    return { id, ending: 'refused', text: quote(call, 'I cannot help with'), usage };
  if (fault?.kind === 'incomplete' || reply.isCutShort) return { id, ending: 'incomplete', text, usage };
  return { id, ending: 'complete', text, usage };
};

const outcomeOf = ({ ending }: Completion, fault: ThinkingFault | undefined): CallOutcome => {
  if (fault?.kind === 'cut' || fault?.kind === 'malformed') return fault.kind;
  return ending === 'complete' ? 'answered' : ending;
};

const send = (response: ServerResponse, body: Buffer, fault: ThinkingFault | undefined): void => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.byteLength });
  const half = Math.floor(body.byteLength / 2);
  switch (fault?.kind) {
    case 'cut':
      response.write(body.subarray(0, half), () => response.destroy());
      return;
    case 'malformed':
      response.end(body.fill('?', half));
      return;
    default:
      response.end(body);
  }
};

/** The sentence quotes the prompt, as providers' sentences do: whoever logs it will be found out. */
const fail = (exchange: Exchange, error: Omit<WireError, 'message'>, retryAfterSeconds?: number): void => {
  const { wire, call, response } = exchange;
  record(exchange, 'failed');
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  sendError(wire, response, { ...error, message: quote(call, 'The request failed near') });
};

const sendError = (wire: ServerWire, response: ServerResponse, error: WireError): void => {
  response.writeHead(error.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(wire.writeError(error)));
};

const quote = (call: ModelCall, prefix: string): string => `${prefix} "${call.lastUserText.slice(0, 200)}".`;

const unbilled: Usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

/** A call is billed when it has usage. */
const record = ({ state, wire, call, traceId }: Exchange, outcome: CallOutcome, usage?: Usage): void =>
  state.usage.add({
    provider: wire.provider,
    model: call.model,
    tier: call.servedTier,
    traceId,
    outcome,
    billed: usage !== undefined,
    ...(usage ?? unbilled),
  });

/** Waits, and resolves to false as soon as the client hangs up. */
const staysFor = (response: ServerResponse, ms: number): Promise<boolean> =>
  new Promise((resolve) => {
    if (response.destroyed) return resolve(false);
    const timer = Number.isFinite(ms) ? setTimeout(() => resolve(true), ms) : undefined;
    response.once('close', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
