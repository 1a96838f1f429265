import type { ModelReply } from '../../../lib/pipeline/model/model.ts';
import { answer, aWorld, failure, job, usage } from './world.ts';

const empty: ModelReply = {
  ...failure('transient', { code: 'empty-answer' }),
  usage,
  servedTier: 'default',
};

describe('a prompt that healthy models answer with nothing', () => {
  const mute = { jobId: 'mute', message: { creatorId: 'creator-mute', model: 'gpt-5' } } as const;

  it('is asked of each model of the chain once, and gets the default answer', async () => {
    const world = aWorld(() => empty);
    expect(await world.run(job(mute))).toMatchObject({
      ending: { status: 'succeeded', answer: { source: 'default' } },
      attempts: ['gpt-5', 'gpt-5-mini', 'claude'].map((model) => ({ model, code: 'empty-answer' })),
    });
  });

  it('closes no model for others, however often it comes', async () => {
    const world = aWorld(({ turns }) => (turns.some(({ content }) => content === 'mute') ? empty : answer));
    const input = { messages: [{ role: 'user' as const, content: 'mute' }] };
    for (let runs = 0; runs < 6; runs += 1)
      await world.run(job({ ...mute, jobId: `mute-${runs}`, message: { ...mute.message, input } }));
    expect(world.asked).toHaveLength(18);
    expect(await world.run(job({ message: { model: 'gpt-5' } }))).toMatchObject({
      ending: { answer: { source: 'model', model: 'gpt-5' } },
      skips: [],
    });
  });
});
