import * as fc from 'fast-check';
import { createQuota, quotaRules } from '../../../lib/local/model-server/quota.ts';

const use = { provider: 'openai', model: 'gpt-5', tokens: 100 } as const;

const quotaOf = (...rules: object[]) => {
  const clock = { nowMs: 1_000_000 };
  const quota = createQuota(() => clock.nowMs);
  quota.replace(quotaRules.parse(rules.map((rule) => ({ provider: 'openai', ...rule }))));
  return { clock, quota };
};

it('admits a tenth of a minute at once and then says when the next call may come', () => {
  const { clock, quota } = quotaOf({ requestsPerMinute: 30 });
  expect([1, 2, 3].map(() => quota.admit(use))).toEqual([undefined, undefined, undefined]);
  expect(quota.admit(use)).toBe(2000);
  clock.nowMs += 1999;
  expect(quota.admit(use)).toBe(1);
  clock.nowMs += 1;
  expect(quota.admit(use)).toBeUndefined();
  expect(quota.list()).toMatchObject([{ requestsPerMinute: 30, burstSeconds: 6, throttled: 2 }]);
});

it('lets one request through however small it is', () => {
  const { quota } = quotaOf({ requestsPerMinute: 1 });
  expect([quota.admit(use), quota.admit(use)]).toEqual([undefined, 60_000]);
});

it('counts tokens, and a call larger than the burst passes on credit', () => {
  const { quota } = quotaOf({ tokensPerMinute: 600 });
  expect(quota.admit(use)).toBeUndefined(); // 60 of them saved up
  expect(quota.admit({ ...use, tokens: 20 })).toBe(6000);
});

it('takes from no bucket when another lacks room', () => {
  const { clock, quota } = quotaOf(
    { tokensPerMinute: 6000 },
    { model: 'gpt-5', requestsPerMinute: 60, burstSeconds: 1 },
  );
  quota.admit({ ...use, tokens: 1 });
  expect(quota.admit({ ...use, tokens: 599 })).toBe(1000);
  clock.nowMs += 10;
  expect(quota.admit({ ...use, model: 'gpt-5-mini', tokens: 600 })).toBeUndefined();
  expect(quota.list().map(({ throttled }) => throttled)).toEqual([0, 1]);
});

it('holds for the provider and model that it names', () => {
  const { quota } = quotaOf({ model: 'gpt-5', requestsPerMinute: 1 });
  quota.admit(use);
  expect(quota.admit({ ...use, model: 'gpt-5-nano' })).toBeUndefined();
  expect(quota.admit({ ...use, provider: 'azure-openai' })).toBeUndefined();
  expect(quota.admit(use)).toBe(60_000);
});

it('never admits more in a window than its burst and what flows in meanwhile', () => {
  const gapsMs = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 300 });
  fc.assert(
    fc.property(gapsMs, fc.integer({ min: 1, max: 600 }), (gaps, requestsPerMinute) => {
      const { clock, quota } = quotaOf({ requestsPerMinute });
      const admittedAtMs = gaps.flatMap((gapMs) => {
        clock.nowMs += gapMs;
        return quota.admit(use) === undefined ? [clock.nowMs] : [];
      });
      const inWindow = admittedAtMs.map(
        (from) => admittedAtMs.filter((at) => at >= from && at < from + 60_000).length,
      );
      expect(Math.max(0, ...inWindow)).toBeLessThanOrEqual(
        Math.max(1, requestsPerMinute / 10) + requestsPerMinute,
      );
    }),
    { seed: 7, numRuns: 200 },
  );
});

it('admits a call that waited as long as it was told', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 10_000, noNaN: true }), (requestsPerMinute) => {
      const { clock, quota } = quotaOf({ requestsPerMinute });
      let waitMs = quota.admit(use);
      while (waitMs === undefined) waitMs = quota.admit(use);
      clock.nowMs += waitMs;
      expect(quota.admit(use)).toBeUndefined();
    }),
    { seed: 7, numRuns: 200 },
  );
});
