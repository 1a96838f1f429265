import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import type { ModelReply } from '../../lib/pipeline/model/model.ts';
import { inMemoryJobStore } from '../../lib/simulation/in-memory-job-store.ts';
import { aMessage, settled } from '../builders.ts';
import { aRecord } from './sqs-record.ts';
import { answer, aWorld, START_MS } from './worker-world.ts';

/** A failure that says nothing about the next job, and that this lane waits out. */
const unable: ModelReply = {
  kind: 'failure',
  failure: { kind: 'misconfigured', code: 'tier-not-supported' },
};
const refused: ModelReply = { kind: 'failure', failure: { kind: 'refused', code: 'content-policy' } };

const asking = (prompt: string, record: Parameters<typeof aRecord>[0] = {}): SQSRecord => {
  const body = JSON.stringify(aMessage({ input: { messages: [{ role: 'user', content: prompt }] } }));
  return aRecord({ messageId: prompt, sentAtMs: START_MS, body, ...record });
};

const noJob = (messageId: string) => aRecord({ messageId, body: 'Bonjour !' });

const batchOf = (size: number) => Array.from({ length: size }, (_, index) => asking(`job-${index}`));

const down = () => Promise.reject(new Error('nobody is there'));

describe('a batch', () => {
  it('that is all done comes back empty, and asks nothing of its queue', async () => {
    const { run, deferred, told } = aWorld();
    expect(await run(batchOf(3))).toEqual([]);
    expect(deferred).toEqual([]);
    expect(told).toEqual(['job-0 ended', 'job-1 ended', 'job-2 ended', 'flush']);
  });

  it('sends back the messages that are not done, when their job may be tried again', async () => {
    const world = aWorld({ reply: (prompt) => (prompt === 'job-1' ? unable : answer) });
    expect(await world.run(batchOf(3))).toEqual(['job-1']);
    expect(world.deferred).toEqual([[{ receiptHandle: 'handle of job-1', delayMs: 2_500 }]]);
  });

  it('tells when its oldest message was sent, whatever becomes of it', async () => {
    const { run, delivered } = aWorld();
    await run([
      asking('job'),
      { ...noJob('odd'), attributes: aRecord({ sentAtMs: START_MS - 7 }).attributes },
    ]);
    expect(delivered).toEqual([['critical', START_MS - 7]]);
  });

  it('of one job that comes back is no error of the function', async () => {
    const { run } = aWorld({ reply: () => unable });
    expect(await run([asking('job')])).toEqual(['job']);
  });

  it('does not remember the batch before', async () => {
    const { run, asked } = aWorld({ reply: (prompt) => (prompt === 'job-0' ? unable : answer) });
    expect(await run([asking('job-0')])).toEqual(['job-0']);
    expect(await run([asking('job-1')])).toEqual([]);
    expect(asked).toEqual(['job-0', 'job-1']);
  });

  /** What can befall a message, and whether it comes back. */
  const fates = {
    answered: 'done',
    refused: 'done',
    unable: 'back',
    delivered: 'done', // a second delivery of a job that has ended
    'no-job': 'done',
    'no-job-and-stuck': 'back',
    unclaimable: 'back',
  } as const;
  const kinds: (keyof typeof fates)[] = [
    'answered',
    'refused',
    'unable',
    'delivered',
    'no-job',
    'no-job-and-stuck',
    'unclaimable',
  ];
  const replies: Record<string, ModelReply> = { unable, refused };

  it('sends back exactly what is not done, once each, whatever befalls its messages', async () => {
    const befalling = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(befalling, fc.integer({ min: 1, max: 10 }), async (given, parallelism) => {
        const store = inMemoryJobStore();
        const world = aWorld({
          parallelism,
          reply: (prompt) => replies[prompt.split(' ')[0] ?? ''] ?? answer,
          store: {
            ...store,
            claim: (claim) => (claim.job.jobId.startsWith('unclaimable') ? down() : store.claim(claim)),
          },
          queue: {
            reject: ({ messageId }) =>
              messageId.startsWith('no-job-and-stuck') ? down() : Promise.resolve(),
          },
        });
        const records = given.map((kind, index) =>
          kind.startsWith('no-job') ? noJob(`${kind} ${index}`) : asking(`${kind} ${index}`),
        );
        await world.run(records.filter(({ messageId }) => messageId.startsWith('delivered')));
        const back = records
          .filter((_, index) => fates[given[index] ?? 'answered'] === 'back')
          .map(({ messageId }) => messageId);
        expect((await world.run(records)).sort()).toEqual([...back].sort());
        const handles = world.deferred.flat().map(({ receiptHandle }) => receiptHandle);
        expect(handles.sort()).toEqual(back.map((messageId) => `handle of ${messageId}`).sort());
        expect(world.asked.filter((prompt) => prompt.startsWith('delivered')).length).toBe(
          given.filter((kind) => kind === 'delivered').length,
        );
      }),
    );
  });

  it('has its metrics written once, after all that it had to say', async () => {
    const { run, told } = aWorld({ reply: () => unable, queue: { defer: async () => 2 } });
    await run([...batchOf(2), noJob('no-job')]);
    expect(told.slice(-2)).toEqual(['2 returns refused', 'flush']);
    expect(told.filter((word) => word === 'flush')).toHaveLength(1);
  });
});

describe('the jobs of a batch', () => {
  it('are worked on as many at a time as the lane says, in their order', async () => {
    const gates = new Map(
      batchOf(5).map(({ messageId }) => [messageId, Promise.withResolvers<ModelReply>()]),
    );
    const { run, asked } = aWorld({
      parallelism: 2,
      reply: (prompt) => gates.get(prompt)?.promise ?? answer,
    });
    const done = run(batchOf(5));
    await settled();
    expect(asked).toEqual(['job-0', 'job-1']);
    gates.get('job-1')?.resolve(answer);
    await settled();
    expect(asked).toEqual(['job-0', 'job-1', 'job-2']);
    for (const gate of gates.values()) gate.resolve(answer);
    expect(await done).toEqual([]);
    expect(asked).toEqual(['job-0', 'job-1', 'job-2', 'job-3', 'job-4']);
  });

  it('are never more at a time than that, whenever the model answers', async () => {
    const size = fc.integer({ min: 1, max: 10 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), size, size, async (scheduler, jobs, parallelism) => {
        let running = 0;
        let most = 0;
        const { run } = aWorld({
          parallelism,
          reply: async () => {
            running += 1;
            most = Math.max(most, running);
            await scheduler.schedule(Promise.resolve());
            running -= 1;
            return answer;
          },
        });
        expect(await scheduler.waitFor(run(batchOf(jobs)))).toEqual([]);
        expect(most).toBeLessThanOrEqual(parallelism);
      }),
    );
  });

  it('come back at once, unclaimed, when the invocation has no room for them', async () => {
    const { run, asked, deferred } = aWorld({ invocationMs: 29_099 }); // nano's 15 s, 6.1 s for the rungs after it, the reserve of 8 s
    expect(await run([asking('job')])).toEqual(['job']);
    expect(asked).toEqual([]);
    expect(deferred).toEqual([[{ receiptHandle: 'handle of job', delayMs: 0 }]]);
  });

  it('come back at once when those before them took the room', async () => {
    const silent = () => new Promise<ModelReply>(() => {});
    const world = aWorld({ parallelism: 1, invocationMs: 31_599, reply: silent });
    const done = world.run(batchOf(2));
    await settled();
    await world.clock.advance(2_500);
    expect(await done).toEqual(['job-0', 'job-1']);
    expect(world.asked).toEqual(['job-0']);
    expect(world.deferred.flat()).toContainEqual({ receiptHandle: 'handle of job-1', delayMs: 0 });
  });
});

describe('while the store is down', () => {
  it('no model is called, and messages wait longer with every receive', async () => {
    const { run, asked, deferred, told } = aWorld({ store: { claim: down } });
    for (const receives of [1, 2, 3, 4, 6, 20, 200]) await run([asking('job', { receives })]);
    expect(asked).toEqual([]);
    expect(deferred.flat().map(({ delayMs }) => delayMs)).toEqual([
      5_000, 10_000, 20_000, 40_000, 150_000, 150_000, 150_000,
    ]);
    expect(told.slice(0, 3)).toEqual([
      'job error: Error: nobody is there, back after 5000 ms',
      '0 returns refused',
      'flush',
    ]);
  });

  it('a result that could not be written brings its message back', async () => {
    const { run } = aWorld({ store: { finish: down } });
    expect(await run([asking('job')])).toEqual(['job']);
  });
});

describe('a message that is no job', () => {
  it('is rejected once, with its reason, and acknowledged', async () => {
    const { run, rejected, deferred, asked, told } = aWorld();
    expect(await run([noJob('odd'), asking('job')])).toEqual([]);
    expect(rejected).toEqual([['odd', { reason: 'not-json', detail: 'the message is not a JSON document' }]]);
    expect({ deferred, asked }).toEqual({ deferred: [], asked: ['job'] });
    expect(told).toContain('odd rejected');
  });

  it('is rejected only when the jobs of its batch are done: a worker that dies before has copied nothing', async () => {
    const { promise, resolve } = Promise.withResolvers<ModelReply>();
    const { run, rejected } = aWorld({ reply: () => promise });
    const running = run([noJob('odd'), asking('job')]);
    await settled();
    expect(rejected).toEqual([]);
    resolve(answer);
    expect(await running).toEqual([]);
    expect(rejected).toHaveLength(1);
  });

  it('comes back when its rejection could not be written, and is not counted as rejected', async () => {
    const { run, deferred, told } = aWorld({ queue: { reject: down } });
    expect(await run([noJob('odd'), asking('job')])).toEqual(['odd']);
    expect(deferred).toEqual([[{ receiptHandle: 'handle of odd', delayMs: 5_000 }]]);
    expect(told).toContain('odd error: Error: nobody is there, back after 5000 ms');
    expect(told).not.toContain('odd rejected');
  });
});

describe('a delay that could not be set', () => {
  it('changes nothing about what is done and what is not, and is told', async () => {
    const { run, told } = aWorld({
      reply: (prompt) => (prompt === 'job-0' ? unable : answer),
      queue: { defer: down },
    });
    expect(await run(batchOf(2))).toEqual(['job-0']);
    expect(told.slice(-2)).toEqual(['job-0 error: Error: nobody is there', 'flush']);
  });
});

describe('the ledger', () => {
  it('has every call before the batch is answered: of jobs that ended, and of those that come back', async () => {
    const world = aWorld({ reply: (prompt) => (prompt === 'job-1' ? unable : answer) });
    await world.run(batchOf(3));
    expect(world.entered.map(({ kind, costMicroUsd }) => `${kind} ${costMicroUsd}`).sort()).toEqual([
      'call 0',
      'call 3',
      'call 3',
    ]);
    expect(new Set(world.entered.map(({ callId }) => callId)).size).toBe(3);
  });

  it('is told the same again, under the same ids, when a message comes a second time', async () => {
    const { run, entered } = aWorld();
    await run([asking('job')]);
    const before = [...entered];
    await run([asking('job')]);
    expect(before).toHaveLength(1);
    expect(entered).toEqual([...before, ...before]);
  });

  it('that takes nothing at all brings back the messages that called somebody, and no job fails', async () => {
    let isDown = true;
    const lost = { kind: 'lost', count: 1, error: new Error('nobody is there') } as const;
    const { run, deferred, told, entered, asked } = aWorld({
      enter: async () => (isDown ? lost : { kind: 'written' }),
    });
    expect(await run([asking('job'), noJob('odd')])).toEqual(['job']);
    expect(deferred.flat()).toEqual([{ receiptHandle: 'handle of job', delayMs: 5_000 }]);
    expect(told).toContain('ledger lost');
    isDown = false;
    expect(await run([asking('job', { receives: 2 })])).toEqual([]);
    expect(told).toContain('job duplicate');
    expect([asked, entered.length]).toEqual([['job'], 2]);
  });

  it('that leads a detour is no reason to bring anything back', async () => {
    const { run, told } = aWorld({ enter: async () => ({ kind: 'to-repair', count: 1 }) });
    expect(await run([asking('job')])).toEqual([]);
    expect(told).toContain('ledger to-repair');
  });

  it('gets a guess for a run whose worker died', async () => {
    const store = inMemoryJobStore();
    const world = aWorld({ store });
    const dying = aWorld({ name: 'dead', store, reply: () => new Promise<ModelReply>(() => {}) });
    void dying.run([asking('job')]);
    await settled();
    expect(dying.asked).toEqual(['job']);
    await world.clock.advance(120_000);
    expect(await world.run([asking('job', { receives: 2 })])).toEqual([]);
    expect(world.entered.map(({ kind, basis }) => [kind, basis])).toEqual([
      ['call', 'measured'],
      ['abandoned', 'estimated'],
    ]);
  });

  it('has no entry twice under two keys, whatever befalls a batch and however often it comes', async () => {
    const replies: readonly ModelReply[] = [answer, unable, refused];
    const script = fc.array(fc.nat(replies.length - 1), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(script, fc.integer({ min: 1, max: 4 }), async (choices, deliveries) => {
        const next = choices.values();
        const { run, entered, asked } = aWorld({ reply: () => replies[next.next().value ?? 0] ?? answer });
        for (let receives = 1; receives <= deliveries; receives += 1)
          await run([asking('job', { receives })]);
        expect(new Set(entered.map(({ callId, kind }) => `${callId} ${kind}`)).size).toBe(asked.length);
      }),
    );
  });
});

describe('the end of a job', () => {
  it('is told of before its message is acknowledged, all of a batch in one call', async () => {
    const world = aWorld({ reply: (prompt) => ({ ...(prompt === 'job-1' ? refused : answer) }) });
    expect(await world.run(batchOf(3))).toEqual([]);
    const [ends = [], ...more] = world.published;
    expect(more).toEqual([]);
    expect(ends.map(({ jobId, status, reason }) => [jobId, status, reason])).toEqual([
      ['job-0', 'succeeded', undefined],
      ['job-1', 'failed', 'refused'],
      ['job-2', 'succeeded', undefined],
    ]);
  });

  it('is no news of a job that goes on', async () => {
    const world = aWorld({ reply: () => unable });
    await world.run([asking('job')]);
    expect(world.published).toEqual([]);
  });

  it('that is not out brings its message back, and the second delivery tells the same', async () => {
    const store = inMemoryJobStore();
    const isOut = ({ jobId }: { jobId: string }) => jobId !== 'job-1';
    const world = aWorld({ store, tell: async (ends) => ({ out: new Set(ends.filter(isOut)) }) });
    expect(await world.run(batchOf(3))).toEqual(['job-1']);
    expect(world.deferred.flat()).toEqual([{ receiptHandle: 'handle of job-1', delayMs: 5_000 }]);
    expect(world.told).toContain('1 untold');
    const again = aWorld({ name: 'again', store, reply: () => down() });
    expect(await again.run([asking('job-1', { receives: 2 })])).toEqual([]);
    expect(again.published).toEqual([world.published[0]?.filter((end) => !isOut(end))]);
  });

  it('is told again, as its row has it, when the job is sent again in other words', async () => {
    const store = inMemoryJobStore();
    const world = aWorld({ store });
    await world.run([asking('job')]);
    await world.clock.advance(60_000);
    const body = JSON.stringify(aMessage({ jobId: 'job', model: 'gpt-5' }));
    await world.run([aRecord({ messageId: 'other', sentAtMs: START_MS + 60_000, body })]);
    expect(world.published[1]).toEqual(world.published[0]);
  });

  it('is told within what is left of the invocation', async () => {
    const forMs: number[] = [];
    const tell: Parameters<typeof aWorld>[0] = {
      tell: async (ends, ms) => {
        forMs.push(ms);
        return { out: new Set(ends) };
      },
    };
    await aWorld(tell).run([asking('job')]);
    expect(forMs).toEqual([2_000]);
  });
});
