import type { ServerResponse } from 'node:http';
import type { Usage } from '../../pipeline/model/model.ts';
import type { EndCall } from './call-log.ts';
import type { ModelServerState } from './control.ts';
import { billedMicroUsd } from './price-table.ts';
import type { DrawnReply } from './reply.ts';
import type { CallOutcome } from './usage.ts';
import type { ModelCall, ServerWire, WireError } from './wire.ts';

/** A call on its way: who asked what, what the model would say, and where the answer goes. */
export type Exchange = {
  state: ModelServerState;
  wire: ServerWire;
  call: ModelCall;
  /** Hex digits that are the same for the same seed, body and repetition of that body. */
  id: string;
  reply: DrawnReply;
  traceId: string | undefined;
  callId: string | undefined;
  end: EndCall;
  response: ServerResponse;
};

const unbilled: Usage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** Enters the end of a call in the books. A call is billed when it has usage. */
export const record = (exchange: Exchange, outcome: CallOutcome, usage?: Usage): void => {
  const { state, wire, call, traceId, callId, end } = exchange;
  const endedAtMs = state.now();
  end(outcome);
  state.usage.add({
    provider: wire.provider,
    model: call.model,
    tier: call.servedTier,
    traceId,
    callId,
    endedAtMs,
    outcome,
    billed: usage !== undefined,
    costMicroUsd: usage === undefined ? 0 : billedMicroUsd(call.model, call.servedTier, usage),
    ...(usage ?? unbilled),
  });
};

/** The sentence quotes the prompt, as providers' sentences do: whoever logs it will be found out. */
export const fail = (
  exchange: Exchange,
  error: Omit<WireError, 'message'>,
  outcome: CallOutcome = 'failed',
): void => {
  const { wire, call, response } = exchange;
  record(exchange, outcome);
  sendError(wire, response, { ...error, message: quote(call, 'The request failed near') });
};

export const sendError = (wire: ServerWire, response: ServerResponse, error: WireError): void => {
  if (error.retryAfterSeconds !== undefined) response.setHeader('retry-after', error.retryAfterSeconds);
  response.writeHead(error.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(wire.writeError(error)));
};

export const quote = (call: ModelCall, prefix: string): string =>
  `${prefix} "${call.lastUserText.slice(0, 200)}".`;
