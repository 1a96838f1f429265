import { type Exchange, fail, quote, record } from './exchange.ts';
import type { Fault, ReplyFault } from './faults.ts';
import { paceOf } from './pace.ts';
import { perform, staysFor } from './perform.ts';
import { transcribe } from './transcript.ts';
import type { CallOutcome } from './usage.ts';
import type { Completion } from './wire.ts';

/** Answers a call, or does to it what the fault says. */
export const play = async (exchange: Exchange, fault: Fault | undefined): Promise<void> => {
  const { wire, call, response } = exchange;
  switch (fault?.kind) {
    case 'status':
      return fail(exchange, { ...fault, retryAfterSeconds: fault.retryAfter });
    case 'money':
      return fail(exchange, wire.errors.money);
    case 'credentials':
      return fail(exchange, wire.errors.credentials);
    case 'reset':
      record(exchange, 'reset');
      response.socket?.resetAndDestroy();
      return;
    case 'silent':
      await staysFor(response, Number.POSITIVE_INFINITY);
      return record(exchange, 'aborted');
    case 'failed':
      return call.isStreamed ? reply(exchange, fault) : fail(exchange, wire.errors.overload);
    default:
      return reply(exchange, fault);
  }
};

const reply = async (exchange: Exchange, fault: ReplyFault | undefined): Promise<void> => {
  const { state, wire, call, response } = exchange;
  const pace = paceOf(state.profile, exchange.reply, fault);
  const completion = completionOf(exchange, fault);
  const transcript = transcribe(wire, call, completion, pace, fault);
  const isSent = await perform(response, transcript, () => {
    const outcome = outcomeOf(completion, fault);
    record(exchange, outcome, outcome === 'failed' ? undefined : completion.usage);
  });
  if (!isSent) record(exchange, 'aborted');
};

const completionOf = ({ call, id, reply }: Exchange, fault: ReplyFault | undefined): Completion => {
  const { usage, text } = reply;
  switch (fault?.kind) {
    case 'refusal':
      return { id, ending: 'refused', text: quote(call, 'I cannot help with'), usage };
    case 'incomplete':
    case 'corrupt':
    case 'failed':
      return { id, ending: fault.kind, text, usage };
    default:
      return { id, ending: reply.isCutShort ? 'incomplete' : 'complete', text, usage };
  }
};

const outcomeOf = ({ ending }: Completion, fault: ReplyFault | undefined): CallOutcome => {
  if (fault?.kind === 'cut' || fault?.kind === 'malformed') return fault.kind;
  return ending === 'complete' ? 'answered' : ending;
};
