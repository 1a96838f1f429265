import { paceOf } from '../../../lib/local/model-server/pace.ts';
import type { DrawnReply } from '../../../lib/local/model-server/reply.ts';

const reply: DrawnReply = {
  latencyMs: 4000,
  firstEventMs: 200,
  thinkingMs: 1800,
  text: 'Hi!',
  isCutShort: false,
  usage: { inputTokens: 1, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 },
};

const drawn = { firstEventMs: 200, thoughtMs: 2000, endMs: 4000 };
const none = { firstEventMs: 0, thoughtMs: 0, endMs: 0 };

it('is as drawn when realistic, and nothing when instant', () => {
  expect(paceOf('realistic', reply, undefined)).toEqual(drawn);
  expect(paceOf('instant', reply, undefined)).toEqual(none);
});

it.each(['realistic', 'instant'] as const)('slows all of the drawn times in profile %s', (profile) => {
  expect(paceOf(profile, reply, { kind: 'slow', factor: 3 })).toEqual({
    firstEventMs: 600,
    thoughtMs: 6000,
    endMs: 12_000,
  });
});

it('starts late and then goes on as the profile says', () => {
  const fault = { kind: 'lateStart', ms: 5000 } as const;
  expect(paceOf('realistic', reply, fault)).toEqual({ firstEventMs: 5000, thoughtMs: 6800, endMs: 8800 });
  expect(paceOf('instant', reply, fault)).toEqual({ firstEventMs: 5000, thoughtMs: 5000, endMs: 5000 });
});

it.each(['stalled', 'malformed', 'corrupt', 'failed', 'incomplete', 'refusal'] as const)(
  'is not changed by a reply that is %s',
  (kind) => {
    expect(paceOf('realistic', reply, { kind })).toEqual(drawn);
  },
);
