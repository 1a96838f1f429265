import { MOST_MEMBERS } from '../../../lib/pipeline/alerts/group.ts';
import { defaultPolicy } from '../../../lib/pipeline/alerts/policy.ts';
import { quickPolicy, timeline } from './timeline.ts';

const high = { labels: { lane: 'high' } };
const low = { labels: { lane: 'low' } };
const over = { state: 'resolved' as const };
const critical = { name: 'provider-needs-person', severity: 'critical' as const };
const openai = { ...critical, labels: { provider: 'openai' } };

describe('waiting', () => {
  it('gathers what comes within the wait into one notice', () =>
    timeline()
      .at(1)
      .push(low)
      .at(1.9)
      .push(high)
      .want(2, 2, { reason: 'new', counts: { firing: 2, resolved: 0, received: 2 }, lanes: ['high', 'low'] })
      .until(11));

  it('says nothing of what is over before the wait is', () =>
    timeline()
      .at(1)
      .push(low)
      .at(1.5)
      .push({ ...low, ...over })
      .until(60));

  it('does not wait with the first critical one, and tells the others after the usual wait', () =>
    timeline()
      .at(1)
      .push({ ...critical, labels: { lane: 'low' } })
      .at(1.2)
      .push({ ...critical, labels: { lane: 'high' } })
      .at(1.4)
      .push({ ...critical, labels: { lane: 'medium' } })
      .want(1, 1, { reason: 'new', counts: { firing: 1, resolved: 0, received: 1 } })
      .want(2, 2, { reason: 'more', counts: { firing: 3, resolved: 0, received: 2 } })
      .until(11));

  it('tells what contradicts itself out of order by the later instant', async () => {
    const story = timeline();
    story.world.push(3_000, {
      name: 'waiting',
      severity: 'warning',
      labels: {},
      state: 'resolved',
      atMs: 2_000,
    });
    story.world.push(3_100, {
      name: 'waiting',
      severity: 'warning',
      labels: {},
      state: 'firing',
      atMs: 1_000,
    });
    await story.until(30);
  });
});

describe('grouping', () => {
  it('parts names, severities and providers, and joins lanes', () =>
    timeline()
      .at(1)
      .push(low, high, { ...low, name: 'failed-jobs' }, { ...low, severity: 'critical' })
      .at(2)
      .push({ name: 'delivery-errors', labels: { provider: 'openai', lane: 'low' } })
      .at(2)
      .push({ name: 'delivery-errors', labels: { provider: 'anthropic', lane: 'low' } })
      .want(1, 1, { reason: 'new', name: 'waiting', severity: 'critical' })
      .want(2, 2, { reason: 'new', name: 'waiting', severity: 'warning', members: [high.labels, low.labels] })
      .want(2, 2, { reason: 'new', name: 'failed-jobs' })
      .want(3, 3, { reason: 'new', labels: { provider: 'openai' } })
      .want(3, 3, { reason: 'new', labels: { provider: 'anthropic' } })
      .until(11));

  it('lists the first members and counts the others', () =>
    timeline({ policy: { ...defaultPolicy, groupWaitMs: 1_000, listed: 2 } })
      .at(1)
      .push(low, high, { labels: { lane: 'medium' } }, { labels: { lane: 'critical' } })
      .want(2, 2, { reason: 'new', members: [{ lane: 'critical' }, high.labels], more: 2 })
      .until(11));
});

it('alarms of one heading are members of their own: a model that has 30 days left is news after 60', () =>
  timeline()
    .at(1)
    .push({ name: 'model-shutdown', labels: { alarm: '60-days' } })
    .at(20)
    .push({ name: 'model-shutdown', labels: { alarm: '30-days' } })
    .want(2, 2, { reason: 'new', members: [{ alarm: '60-days' }] })
    .want(21, 21, { reason: 'more', members: [{ alarm: '30-days' }, { alarm: '60-days' }] })
    .until(50));

describe('batching', () => {
  it('tells news of a known group no sooner than an interval after the last notice', () =>
    timeline()
      .at(1)
      .push(low)
      .at(4)
      .push(high)
      .at(5)
      .push({ labels: { lane: 'medium' } })
      .want(2, 2, { reason: 'new', counts: { firing: 1, resolved: 0, received: 1 } })
      .want(12, 12, { reason: 'more', counts: { firing: 3, resolved: 0, received: 2 } })
      .until(21));

  it('has no news when what is known is raised again', () =>
    timeline().at(1).push(low).at(5).push(low).at(13).push(low).want(2, 2, { reason: 'new' }).until(40));
});

describe('repeating', () => {
  it('tells what still fires again, with what has come since', () =>
    timeline()
      .at(1)
      .push(low)
      .at(20)
      .push(low)
      .want(2, 2, { reason: 'new' })
      .want(42, 42, { reason: 'repeat', counts: { firing: 1, resolved: 0, received: 1 } })
      .want(82, 82, { reason: 'repeat', counts: { firing: 1, resolved: 0, received: 0 } })
      .until(120));

  it('counts on from the last notice of any kind', () =>
    timeline()
      .at(1)
      .push(low)
      .at(30)
      .push(high)
      .want(2, 2, { reason: 'new' })
      .want(31, 31, { reason: 'more' })
      .want(71, 71, { reason: 'repeat' })
      .until(80));

  it('re-arms for waits that are longer than a delay of SQS', () =>
    timeline({ policy: { ...defaultPolicy, groupWaitMs: 0 } })
      .at(0)
      .push(low)
      .want(0, 0, { reason: 'new' })
      .want(14_400, 14_400, { reason: 'repeat' })
      .want(28_800, 28_800, { reason: 'repeat' })
      .until(30_000));
});

describe('resolving', () => {
  it('is told when all are over, with how many were', () =>
    timeline()
      .at(1)
      .push(low, high)
      .at(3)
      .push({ ...low, ...over })
      .at(15)
      .push({ ...high, ...over })
      .want(2, 2, { reason: 'new' })
      .want(16, 16, {
        reason: 'resolved',
        counts: { firing: 0, resolved: 2, received: 2 },
        members: [high.labels, low.labels],
      })
      .until(120));

  it('is no news while others fire', () =>
    timeline()
      .at(1)
      .push(low, high)
      .at(3)
      .push({ ...low, ...over })
      .want(2, 2, { reason: 'new' })
      .want(42, 42, { reason: 'repeat', counts: { firing: 1, resolved: 1, received: 1 } })
      .until(50));

  it('happens by itself to what was raised until a time', async () => {
    const story = timeline();
    const { world } = story;
    world.push(1_000, {
      name: 'budgets-exhausted',
      severity: 'warning',
      state: 'firing',
      labels: {},
      atMs: 1_000,
      endsAtMs: 20_000,
    });
    await story
      .want(2, 2, { reason: 'new' })
      .want(21, 21, { reason: 'resolved', counts: { firing: 0, resolved: 1, received: 0 } })
      .until(120);
  });

  it('of what flaps is told once per interval at most', async () => {
    const { world, at } = timeline();
    for (let second = 1; second < 60; second += 3) {
      at(second).push(low);
      at(second + 1.5).push({ ...low, ...over });
    }
    await world.runUntil(100_000);
    const told = world.notices.map(({ atMs }) => atMs);
    const spaces = told.slice(1).map((atMs, index) => atMs - (told[index] ?? 0));
    expect(spaces.length).toBeGreaterThanOrEqual(4);
    expect(Math.min(...spaces)).toBeGreaterThanOrEqual(10_000);
    expect(world.notices.at(-1)?.notice.reason).toBe('resolved');
  });

  it('ends the group: the next alert is a first one again', () =>
    timeline()
      .at(1)
      .push(openai)
      .at(5)
      .push({ ...openai, ...over })
      .at(30)
      .push(openai)
      .want(1, 1, { reason: 'new' })
      .want(6, 6, { reason: 'resolved' })
      .want(30, 30, { reason: 'new' })
      .until(40));
});

describe('merging', () => {
  it('makes one notice of what many raise about the same', () =>
    timeline()
      .at(1)
      .push(low)
      .at(1.2)
      .push(low)
      .at(1.4)
      .push(low)
      .want(2, 2, { reason: 'new', counts: { firing: 1, resolved: 0, received: 3 }, members: [low.labels] })
      .until(11));

  it('counts a second delivery of the same alert once', async () => {
    const story = timeline();
    const alert = { name: 'waiting', severity: 'warning', state: 'firing', labels: {}, atMs: 900 } as const;
    story.world.push(1_000, alert);
    story.world.push(1_500, alert);
    await story.want(2, 2, { reason: 'new', counts: { firing: 1, resolved: 0, received: 1 } }).until(30);
  });
});

describe('a delivery that comes late', () => {
  it('does not revive what is over, however long ago', async () => {
    const story = timeline();
    const late = {
      name: 'waiting',
      severity: 'warning',
      state: 'firing',
      labels: low.labels,
      atMs: 1_000,
    } as const;
    story
      .at(1)
      .push(low)
      .at(15)
      .push({ ...low, ...over });
    for (const atMs of [20_000, 200_000, 3_000_000]) story.world.push(atMs, late);
    await story.want(2, 2, { reason: 'new' }).want(16, 16, { reason: 'resolved' }).until(4_000);
  });
});

describe('retrying', () => {
  it('publishes again what the topic did not take, under the same id', async () => {
    const tried: [number, string][] = [];
    const story = timeline({
      takes: ({ id }, atMs) => {
        tried.push([atMs, id]);
        return atMs >= 30_000;
      },
    });
    await story.at(1).push(low).want(42, 42, { reason: 'new' }).until(45);
    expect(tried.map(([atMs]) => atMs)).toEqual([2_000, 22_000, 42_000]);
    expect(new Set(tried.map(([, id]) => id)).size).toBe(1);
  });

  it('loses nothing that came meanwhile', () =>
    timeline({ takes: (_notice, atMs) => atMs >= 20_000 })
      .at(1)
      .push(low)
      .at(5)
      .push(high)
      .want(22, 22, { reason: 'new', counts: { firing: 1, resolved: 0, received: 1 } })
      .want(32, 32, { reason: 'more', counts: { firing: 2, resolved: 0, received: 1 } })
      .until(40));
});

describe('a table that fails', () => {
  it('for one group holds back no other, and loses nothing of that one', async () => {
    let writes = 0;
    const story = timeline({
      policy: { ...quickPolicy, repeatIntervalMs: 1_000_000 },
      // the second write is that of the second group
      writes: () => {
        writes += 1;
        return writes !== 2;
      },
    });
    await story
      .at(1)
      .push(openai, { ...low, name: 'unpriced-calls', severity: 'critical' })
      .want(1, 1, { reason: 'new', name: 'provider-needs-person' })
      .want(181, 181, { reason: 'new', name: 'unpriced-calls' })
      .until(200);
  });
});

describe('a group whose record cannot be read', () => {
  it('is reported at every look, holds back no other, and begins anew with the next alert', async () => {
    const met: string[] = [];
    const story = timeline({ sweeps: true, unreadable: (group) => met.push(group) });
    story.world.spoilGroups(5_000);
    await story
      .at(1)
      .push(low)
      .at(70)
      .push(high, { ...high, name: 'delivery-errors' })
      .want(2, 2, { reason: 'new', members: [low.labels] })
      .want(71, 71, { reason: 'new', name: 'waiting', members: [high.labels] })
      .want(71, 71, { reason: 'new', name: 'delivery-errors' })
      .until(75);
    // the note for its repeat at 42 s, the sweep at 60 s, and the batch that begins it anew
    expect(met).toEqual(Array(3).fill('waiting/warning/'));
  });
});

describe('cold start', () => {
  it('goes on from the table: in this world nothing outlives an invocation in memory', () =>
    timeline()
      .at(1)
      .push(low)
      .at(35)
      .push(high)
      .want(2, 2, { reason: 'new' })
      .want(36, 36, { reason: 'more', counts: { firing: 2, resolved: 0, received: 1 } })
      .until(40));

  it('an alarm that is new says that all is well: nothing has begun with that', () =>
    timeline()
      .at(1)
      .push({ ...low, ...over })
      .at(3)
      .push(low)
      .want(4, 4, { reason: 'new', firstAtMs: 3_000, counts: { firing: 1, resolved: 0, received: 1 } })
      .until(40));

  it('does without its notes to itself when the schedule runs', () =>
    timeline({ arrives: () => false, sweeps: true })
      .at(1)
      .push(low)
      .at(70)
      .push({ ...low, ...over })
      .want(60, 60, { reason: 'new' })
      .want(120, 120, { reason: 'resolved' })
      .until(300));
});

describe('notes to oneself', () => {
  it('do not multiply: whatever has come, one is on its way', async () => {
    let arranged = 0;
    const { world, at } = timeline({
      arrives: () => {
        arranged += 1;
        return true;
      },
    });
    for (const second of [1, 3, 13, 15, 27, 29])
      at(second).push({ labels: { lane: 'low', model: `model-${second}` } });
    await world.runUntil(60_000);
    arranged = 0;
    const before = world.notices.length;
    await world.runUntil(460_000);
    expect(world.notices.length - before).toBe(10);
    expect(arranged).toBe(10);
  });
});

describe('a change of the policy', () => {
  it('holds for groups that are open', () =>
    timeline({ sweeps: true })
      .at(1)
      .push(low)
      .at(3)
      .changePolicy({ repeatIntervalMs: 100_000 })
      .want(2, 2, { reason: 'new' })
      .want(102, 120, { reason: 'repeat' })
      .until(125));
});

describe('inhibition', () => {
  const down = { name: 'provider-down', severity: 'critical' as const, labels: { provider: 'openai' } };

  it('keeps the lanes of a dead provider quiet, and tells of them when it lives and they still wait', () =>
    timeline()
      .at(1)
      .push(down)
      .at(1.5)
      .push(low, high)
      .at(20)
      .push({ ...down, ...over })
      .want(1, 1, { reason: 'new', name: 'provider-down' })
      .want(21, 21, { reason: 'resolved', name: 'provider-down' })
      .want(21, 21, { reason: 'new', name: 'waiting', counts: { firing: 2, resolved: 0, received: 2 } })
      .until(40));

  it('that ends with its cause lets what is critical speak at once', () =>
    timeline()
      .at(1)
      .push(down)
      .at(2)
      .push({ name: 'default-answers', severity: 'critical', labels: {} })
      .at(20)
      .push({ ...down, ...over })
      .want(1, 1, { reason: 'new', name: 'provider-down' })
      .want(20, 20, { reason: 'new', name: 'default-answers' })
      .want(21, 21, { reason: 'resolved', name: 'provider-down' })
      .until(40));

  it('ends when its cause does by itself', () =>
    timeline()
      .at(1)
      .push({ ...down, endsAtMs: 12_500 })
      .at(2)
      .push(low)
      .want(1, 1, { reason: 'new', name: 'provider-down' })
      .want(13.5, 13.5, { reason: 'resolved', name: 'provider-down' })
      .want(13.5, 13.5, { reason: 'new', name: 'waiting' })
      .until(30));

  it('does not reach a model of another provider', () =>
    timeline()
      .at(1)
      .push(down)
      .at(2)
      .push({ name: 'open-circuits', labels: { provider: 'openai', model: 'gpt-5' } })
      .at(2)
      .push({ name: 'open-circuits', labels: { provider: 'anthropic', model: 'claude' } })
      .want(1, 1, { reason: 'new', name: 'provider-down' })
      .want(3, 3, { reason: 'new', name: 'open-circuits', labels: { provider: 'anthropic' } })
      .until(20));

  it('keeps the alarm quiet that says less than the worker has said', () =>
    timeline()
      .at(1)
      .push(openai)
      .at(2)
      .push({ ...critical, labels: {} })
      .at(3)
      .push({ ...critical, labels: { provider: 'anthropic' } })
      .want(1, 1, { reason: 'new', labels: { provider: 'openai' } })
      .want(3, 3, { reason: 'new', labels: { provider: 'anthropic' } })
      .until(30));

  it('of a graver alert by a lesser one does not happen', () =>
    timeline()
      .at(1)
      .push({ ...down, severity: 'warning' })
      .at(3)
      .push({ ...low, severity: 'critical' })
      .want(2, 2, { reason: 'new', name: 'provider-down' })
      .want(3, 3, { reason: 'new', name: 'waiting' })
      .until(12));
});

describe('a silence', () => {
  it('holds until it ends, and what still fires then is told', () =>
    timeline()
      .at(0)
      .silence({ name: 'waiting', lane: 'l*' }, 15)
      .at(1)
      .push(low)
      .want(15, 25, { reason: 'new', counts: { firing: 1, resolved: 0, received: 1 } })
      .until(30));

  it('leaves the others of a group audible, at once', () =>
    timeline()
      .at(0)
      .silence({ lane: 'low' }, 100)
      .at(1)
      .push({ ...low, severity: 'critical' })
      .at(5)
      .push({ ...high, severity: 'critical' })
      .want(5, 5, { reason: 'new', counts: { firing: 1, resolved: 0, received: 2 }, members: [high.labels] })
      .until(12));

  it('of a member keeps neither the repeats nor the end of the others from people', () =>
    timeline()
      .at(0)
      .silence({ lane: 'low' }, 1_000)
      .at(1)
      .push(high, low)
      .at(60)
      .push({ ...high, ...over })
      .want(2, 2, { reason: 'new', members: [high.labels] })
      .want(42, 42, {
        reason: 'repeat',
        counts: { firing: 1, resolved: 0, received: 0 },
        members: [high.labels],
      })
      .want(61, 61, { reason: 'resolved', members: [high.labels] })
      .until(200));

  it('of a member that was told keeps the end of the others from nobody, and what outlasts it is told anew', () =>
    timeline({ sweeps: true })
      .at(1)
      .push(high, low)
      .at(5)
      .silence({ lane: 'low' }, 100)
      .at(65)
      .push({ ...high, ...over })
      .want(2, 2, { reason: 'new', counts: { firing: 2, resolved: 0, received: 2 } })
      .want(42, 42, { reason: 'repeat', members: [high.labels] })
      .want(66, 66, { reason: 'resolved', members: [high.labels] })
      .want(101, 101, { reason: 'new', members: [low.labels] })
      .until(130));

  it('that is taken back ends with the next look', () =>
    timeline({ sweeps: true })
      .at(0)
      .silence({ name: 'waiting' }, 500)
      .at(1)
      .push(low)
      .at(70)
      .endSilence(0)
      .want(121, 121, { reason: 'new' })
      .until(150));

  it('counts those for which there was no room as those that have one', () =>
    timeline()
      .at(0)
      .silence({ name: 'waiting', model: 'model-*' }, 20)
      .at(1)
      .push(...Array.from({ length: MOST_MEMBERS }, (_, nth) => ({ labels: { model: `model-${nth}` } })), low)
      .want(2, 2, { reason: 'new', counts: { firing: 1, resolved: 0, received: MOST_MEMBERS + 1 }, more: 1 })
      .want(21, 22, { reason: 'new', counts: { firing: MOST_MEMBERS, resolved: 0, received: 0 } })
      .until(30));

  it('of what a person knew covers its end', () =>
    timeline()
      .at(1)
      .push(low)
      .at(5)
      .silence({ name: 'waiting' }, 100)
      .at(20)
      .push({ ...low, ...over })
      .want(2, 2, { reason: 'new' })
      .until(150));
});
