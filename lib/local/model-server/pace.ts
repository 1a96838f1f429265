import type { ModelProfile } from './control.ts';
import type { ReplyFault } from './faults.ts';
import type { DrawnReply } from './reply.ts';

/** When the parts of a reply are due, in ms since the call came. A reply in one body is due at the end. */
export type Pace = { firstEventMs: number; thoughtMs: number; endMs: number };

const instant: Pace = { firstEventMs: 0, thoughtMs: 0, endMs: 0 };

/** Faults of time hold in every profile. */
export const paceOf = (profile: ModelProfile, reply: DrawnReply, fault: ReplyFault | undefined): Pace => {
  const pace = profile === 'instant' ? instant : realistic(reply);
  switch (fault?.kind) {
    case 'slow':
      return stretch(realistic(reply), fault.factor);
    case 'lateStart':
      return shift(pace, fault.ms - pace.firstEventMs);
    default:
      return pace;
  }
};

const realistic = ({ firstEventMs, thinkingMs, latencyMs }: DrawnReply): Pace => ({
  firstEventMs,
  thoughtMs: firstEventMs + thinkingMs,
  endMs: latencyMs,
});

const stretch = ({ firstEventMs, thoughtMs, endMs }: Pace, factor: number): Pace => ({
  firstEventMs: firstEventMs * factor,
  thoughtMs: thoughtMs * factor,
  endMs: endMs * factor,
});

const shift = ({ firstEventMs, thoughtMs, endMs }: Pace, ms: number): Pace => ({
  firstEventMs: firstEventMs + ms,
  thoughtMs: thoughtMs + ms,
  endMs: endMs + ms,
});
