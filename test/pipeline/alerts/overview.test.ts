import type { Group } from '../../../lib/pipeline/alerts/group.ts';
import { activeSilences, alertOverview } from '../../../lib/pipeline/alerts/overview.ts';
import { defaultPolicy } from '../../../lib/pipeline/alerts/policy.ts';

const NOW_MS = 1_000_000;

const memberOf = (model: string, changes: Partial<Group['members'][number]> = {}) => ({
  ...{ labels: { model }, state: 'firing' as const, atMs: NOW_MS - 1_000, told: true, ended: false },
  ...changes,
});

const groupOf = (changes: Partial<Group> = {}): Group => ({
  name: 'delivery-errors',
  severity: 'critical',
  labels: {},
  openedAtMs: NOW_MS - 60_000,
  members: [memberOf('gpt-5')],
  uncounted: 0,
  received: 1,
  firstAtMs: NOW_MS - 60_000,
  lastAtMs: NOW_MS - 1_000,
  notices: 1,
  noticeAtMs: NOW_MS - 30_000,
  ...changes,
});

const overviewOf = (groups: readonly Group[], silences: Parameters<typeof activeSilences>[0] = []) =>
  alertOverview({ groups, silences }, defaultPolicy, NOW_MS);

const silenceOf = (matchers: Record<string, string>, untilMs = NOW_MS + 1_000) => ({
  ...{ matchers, untilSeconds: untilMs / 1000, reason: 'known' },
});

it('what fires comes first, then what is graver, then what is newer', () => {
  const over = { members: [memberOf('gpt-5', { state: 'resolved' })] };
  const groups = [
    groupOf({ name: 'over', ...over }),
    groupOf({ name: 'warns', severity: 'warning' }),
    groupOf({ name: 'older', lastAtMs: NOW_MS - 9_000 }),
    groupOf({ name: 'newer' }),
  ];
  expect(overviewOf(groups).map(({ name, state }) => `${name} ${state}`)).toEqual([
    ...['newer firing', 'older firing', 'warns firing', 'over resolved'],
  ]);
});

it('counts members that fire, also those without a place of their own, and lists the first by name', () => {
  const members = Array.from({ length: 12 }, (_, nth) => memberOf(`m-${String(12 - nth).padStart(2, '0')}`));
  const [seen] = overviewOf([
    groupOf({ members: [...members, memberOf('z', { state: 'resolved' })], uncounted: 3 }),
  ]);
  expect(seen).toMatchObject({ firing: 15, lastNoticeAtMs: NOW_MS - 30_000, isNoticePending: false });
  expect(seen?.members.map(({ model }) => model)).toEqual(
    Array.from({ length: defaultPolicy.listed }, (_, nth) => `m-${String(nth + 1).padStart(2, '0')}`),
  );
});

it('what has ended by itself does not fire, though nobody has looked at it', () => {
  const [seen] = overviewOf([groupOf({ members: [memberOf('gpt-5', { endsAtMs: NOW_MS })] })]);
  expect(seen).toMatchObject({ state: 'resolved', firing: 0, mutedBy: undefined });
});

it('is silenced when all that fires of it is, by a silence that has not ended', () => {
  const group = groupOf({ members: [memberOf('gpt-5'), memberOf('claude')] });
  const muted = (...silences: ReturnType<typeof silenceOf>[]) => overviewOf([group], silences)[0]?.mutedBy;
  expect(muted()).toBeUndefined();
  expect(muted(silenceOf({ model: 'gpt-5' }))).toBeUndefined();
  expect(muted(silenceOf({ model: 'gpt-5' }), silenceOf({ model: 'claude' }))).toBe('silence');
  expect(muted(silenceOf({ name: 'delivery-*' }))).toBe('silence');
  expect(muted(silenceOf({ name: 'delivery-*' }, NOW_MS))).toBeUndefined();
  expect(activeSilences([silenceOf({ name: 'a' }), silenceOf({ name: 'b' }, NOW_MS)], NOW_MS)).toHaveLength(
    1,
  );
});

it('is muted by what causes it', () => {
  const cause = groupOf({ name: 'provider-down', labels: { provider: 'openai' } });
  const symptom = groupOf({ name: 'waiting', severity: 'warning' });
  const seen = overviewOf([symptom, { ...cause, members: [memberOf('gpt-5', { labels: {} })] }]);
  expect(seen.map(({ name, mutedBy }) => [name, mutedBy])).toEqual([
    ['provider-down', undefined],
    ['waiting', 'other-alert'],
  ]);
  const over = { ...cause, members: [memberOf('gpt-5', { labels: {}, endsAtMs: NOW_MS })] };
  expect(overviewOf([symptom, over])[0]?.mutedBy).toBeUndefined();
});

it('what has never fired is left out, what has fired for a moment is not', () => {
  const resolved = (changes = {}) => ({
    ...{ notices: 0, members: [memberOf('gpt-5', { state: 'resolved' as const, told: false, ...changes })] },
  });
  expect(overviewOf([groupOf(resolved())])).toEqual([]);
  expect(overviewOf([groupOf(resolved({ ended: true }))])).toMatchObject([{ state: 'resolved' }]);
  expect(overviewOf([groupOf({ members: [], uncounted: 2 })])).toMatchObject([{ firing: 2 }]);
});
