import { sealMessage } from '../../../lib/pipeline/dispatch/content.ts';
import type { ReceivedJob } from '../../../lib/pipeline/job/job.ts';
import type { Subject } from '../../../lib/pipeline/privacy/subject.ts';
import { settled } from '../../builders.ts';
import { answer, aWorld, failure, job, START_MS } from './world.ts';

const fan: Subject = { tenantId: 'tenant-a', kind: 'fan', ref: 'fan_0a1b' };
const erased = { kind: 'ended', ending: { status: 'canceled', reason: 'erased' } };

/** A job as the API puts it into its lane. */
const sealedBy = async ({ ports }: ReturnType<typeof aWorld>): Promise<ReceivedJob> => {
  const plain = job();
  return { ...plain, message: sealMessage(await ports.vault.take(plain.message, START_MS), plain) };
};

describe('a job whose content is sealed', () => {
  it('is answered as if it were not', async () => {
    const world = aWorld(() => answer);
    const received = await sealedBy(world);
    expect(JSON.stringify(received)).not.toContain('Bonjour');
    expect(await world.run(received)).toMatchObject({ ending: { status: 'succeeded' } });
    expect(world.asked).toMatchObject([{ turns: job().message.input.messages }]);
  });

  it('ends once a key of it is gone, however late it comes, and no provider hears of it', async () => {
    const world = aWorld(() => answer);
    const received = await sealedBy(world);
    await world.ports.vault.destroy(fan, START_MS);
    const sentAgain = { ...received, enqueuedAtMs: START_MS + 60_000 };
    expect(await world.run(sentAgain)).toMatchObject({ ...erased, attempts: [] });
    expect(world.asked).toEqual([]);
  });
});

describe('the fence', () => {
  it.each<[string, Subject]>([
    ['a fan', fan],
    ['the creator', { tenantId: 'tenant-a', kind: 'creator', ref: 'creator-1' }],
    ['the tenant', { tenantId: 'tenant-a', kind: 'tenant', ref: 'tenant-a' }],
  ])(
    'ends a plain job of %s whose data was erased after it was sent, and lets a later one through',
    async (_, subject) => {
      const world = aWorld(() => answer);
      await world.ports.vault.destroy(subject, START_MS);
      expect(await world.run(job())).toMatchObject({ ...erased, attempts: [] });
      expect(world.asked).toEqual([]);
      const later = job({ jobId: 'job-2', enqueuedAtMs: START_MS + 1 });
      expect(await world.run(later)).toMatchObject({ ending: { status: 'succeeded' } });
    },
  );

  it('stands before every later call, too: an erasure while a model fails ends the job', async () => {
    const world = aWorld(async () => {
      await world.ports.vault.destroy(fan, START_MS);
      return failure('transient');
    });
    const running = world.run(job());
    await settled();
    await world.clock.advance(250); // half of the ceiling of 500 ms: less than a look may be old
    expect(await running).toMatchObject({ ...erased, attempts: [{ outcome: 'transient' }] });
    expect(world.asked).toHaveLength(1);
  });

  it('gives nobody anything while it cannot be known whether it may', async () => {
    const world = aWorld(() => answer);
    world.ports.vault.take = () => Promise.reject(new Error('down'));
    expect(await world.run(job())).toMatchObject({ kind: 'deferred', reason: 'store-unavailable' });
    expect(world.asked).toEqual([]);
    expect(world.row()?.status).toBe('queued');
  });

  it('keeps the message of a restricted person, sealed, and gives it to nobody until that is lifted', async () => {
    const world = aWorld(() => answer);
    await world.ports.vault.restrict(fan, true);
    const outcome = await world.run(job());
    expect(outcome).toMatchObject({ ending: { status: 'failed', reason: 'restricted' }, attempts: [] });
    expect(world.asked).toEqual([]);
    await world.ports.vault.restrict(fan, false);
    expect(await world.run(job({ jobId: 'job-2' }))).toMatchObject({ ending: { status: 'succeeded' } });
  });

  it('lets a late answer be written only under keys that are gone', async () => {
    const world = aWorld(async () => {
      await world.ports.vault.destroy(fan, START_MS);
      return answer;
    });
    let kept: Uint8Array | undefined;
    const finish = world.ports.store.finish;
    world.ports.store.finish = (...given) => {
      kept = given[2].kept.answer;
      return finish(...given);
    };
    expect(await world.run(job())).toMatchObject({ ending: { status: 'succeeded' } });
    const ring = await world.ports.vault.take(job().message, START_MS + 1);
    const place = { what: 'answer', tenantId: 'tenant-a', id: 'job-1' } as const;
    expect(ring.open(place, kept ?? new Uint8Array())).toEqual({ kind: 'erased' });
  });
});
