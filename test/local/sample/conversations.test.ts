import { sampleJobs } from '../../../lib/local/sample/conversations.ts';
import { creators } from '../../../lib/local/sample/creators.ts';
import { phrasesEn } from '../../../lib/local/sample/phrases-en.ts';
import { phrasesFr } from '../../../lib/local/sample/phrases-fr.ts';
import { jobMessage } from '../../../lib/pipeline/job/job-message.ts';
import { laneNames } from '../../../lib/pipeline/job/lane.ts';

const seeds = [1, 2, 2026, -5];
const jobs = sampleJobs(1);
const distinct = (values: readonly unknown[]) => new Set(values).size;
const questionOf = (job: (typeof jobs)[number]) => job.input.messages.at(-1)?.content ?? '';
const textsOf = (job: (typeof jobs)[number]) => job.input.messages.map(({ content }) => content).join('\n');

describe('the sample conversations', () => {
  test.each(seeds)('are messages that the lanes accept as they are (seed %d)', (seed) => {
    for (const job of sampleJobs(seed)) expect(jobMessage.parse(job)).toEqual(job);
  });

  test('are the same for the same seed and others for another', () => {
    expect(sampleJobs(1)).toEqual(jobs);
    const others = sampleJobs(2);
    expect(distinct([...jobs, ...others].map(({ jobId }) => jobId))).toBe(480);
    expect(others.map(textsOf)).not.toEqual(jobs.map(textsOf));
  });

  test('are 240, 60 a lane, of 4 tenants and 30 creators', () => {
    const perLane = laneNames.map((lane) => jobs.filter(({ priority }) => priority === lane).length);
    expect(perLane).toEqual([60, 60, 60, 60]);
    expect(distinct(jobs.map(({ tenantId }) => tenantId))).toBe(4);
    expect(distinct(jobs.map(({ creatorId }) => creatorId))).toBe(30);
  });

  test('give no creator more jobs than the 10 that may start in a minute', () => {
    for (const { tenantId, creatorId } of creators) {
      const own = jobs.filter((job) => job.tenantId === tenantId && job.creatorId === creatorId);
      expect(own).toHaveLength(8);
    }
  });

  test('mix the lanes from the first job on', () => {
    expect(distinct(jobs.slice(0, 4).map(({ priority }) => priority))).toBe(4);
  });

  test('ask only for models that fit what the lane is for, and for each of them', () => {
    const modelsOf = (lane: string) => [
      ...new Set(jobs.filter((job) => job.priority === lane).map(({ model }) => model)),
    ];
    expect(modelsOf('critical').sort()).toEqual(['claude', 'gpt-5-mini', 'gpt-5-nano']);
    expect(modelsOf('high').sort()).toEqual(['gpt-5', 'gpt-5-mini']);
    expect(modelsOf('medium').sort()).toEqual(['gpt-5', 'gpt-5-mini']);
    expect(modelsOf('low').sort()).toEqual(['gpt-5-mini', 'gpt-5-nano']);
  });

  test.each(seeds)('read differently from each other (seed %d)', (seed) => {
    const seeded = sampleJobs(seed);
    expect(distinct(seeded.map(questionOf))).toBeGreaterThanOrEqual(0.9 * seeded.length);
    expect(distinct(seeded.map(textsOf))).toBe(seeded.length);
  });

  test.each(seeds)('leave no slot unfilled (seed %d)', (seed) => {
    expect(sampleJobs(seed).map(textsOf).join('\n')).not.toMatch(/[{}]|undefined|NaN/);
  });

  test.each(seeds)('alternate between the two sides, begin and end with a question (seed %d)', (seed) => {
    for (const { input } of sampleJobs(seed)) {
      const expected = input.messages.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant'));
      expect(input.messages.map(({ role }) => role)).toEqual(expected);
      expect(input.messages.at(-1)?.role).toBe('user');
      expect(input.messages.length).toBeGreaterThanOrEqual(3);
    }
  });

  test('are in both languages, on the same topics', () => {
    const inFrench = jobs.filter(({ metadata }) => metadata?.language === 'fr').length;
    expect(inFrench).toBeGreaterThan(80);
    expect(inFrench).toBeLessThan(160);
    for (const lane of laneNames) {
      const topics = (phrases: typeof phrasesEn) => phrases.scenarios[lane].map(({ topic }) => topic);
      expect(topics(phrasesFr)).toEqual(topics(phrasesEn));
    }
  });

  test('give all jobs of a creator the same instructions, so that a provider can cache them', () => {
    expect(distinct(creators.map(({ instructions }) => instructions))).toBe(30);
    const pairs = jobs.map(({ creatorId, input }) => `${creatorId} ${input.instructions}`);
    expect(distinct(pairs)).toBe(30);
  });

  test('name persons by pseudonym only, and jobs by what looks like a UUID', () => {
    for (const job of jobs) {
      expect(job.jobId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      for (const ref of job.subjectRefs) expect(ref).toMatch(/^fan_[0-9a-f]{12}$/);
    }
  });

  test.each(seeds)('concern a fan in every chat, and none in a campaign (seed %d)', (seed) => {
    const seeded = sampleJobs(seed);
    const refCounts = (lane: string) =>
      new Set(
        seeded.filter(({ priority }) => priority === lane).map(({ subjectRefs }) => subjectRefs.length),
      );
    expect(refCounts('critical')).toEqual(new Set([1]));
    expect(refCounts('high')).toEqual(new Set([1]));
    expect(refCounts('low')).toEqual(new Set([0]));
  });

  test.each(seeds)('set options now and then, but neither a deadline nor a timeout (seed %d)', (seed) => {
    const seeded = sampleJobs(seed);
    const withOptions = seeded.filter(({ options }) => options !== undefined);
    expect(withOptions.length).toBeGreaterThan(0);
    expect(withOptions.length).toBeLessThan(60);
    expect(seeded.filter(({ deadlineAt, options }) => deadlineAt ?? options?.timeoutMs)).toEqual([]);
  });
});
