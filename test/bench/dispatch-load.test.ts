import { benchJobs, benchMessages, firstJobs } from '../../lib/bench/dispatch-load.ts';
import { type JobMessageInput, jobMessage } from '../../lib/pipeline/job/job-message.ts';
import { laneNames } from '../../lib/pipeline/job/lane.ts';

/** What a creator may start in a minute is 10. */
const MOST_JOBS_OF_CREATOR = 10;

const load = (jobsPerLane: number) => [...firstJobs(jobsPerLane), ...benchJobs(jobsPerLane)];

describe('the jobs of the dispatch bench', () => {
  test('are jobs', () => {
    for (const message of load(10)) expect(jobMessage.safeParse(message).success).toBe(true);
  });

  test.each([1, 10, 25, 1_000])('are as many a lane as asked for (%d)', (jobsPerLane) => {
    for (const lane of laneNames) {
      const messages = benchMessages(lane, jobsPerLane);
      expect(messages).toHaveLength(jobsPerLane);
      expect(messages.every(({ priority }) => priority === lane)).toBe(true);
    }
  });

  test.each([1, 10, 25, 1_000])('are at most ten of any creator, at %d a lane', (jobsPerLane) => {
    const jobsOf = new Map<string, number>();
    for (const { tenantId, creatorId } of load(jobsPerLane)) {
      const creator = `${tenantId} ${creatorId}`;
      jobsOf.set(creator, (jobsOf.get(creator) ?? 0) + 1);
    }
    expect(Math.max(...jobsOf.values())).toBeLessThanOrEqual(MOST_JOBS_OF_CREATOR);
  });

  test('meet nobody who is new once the first ones are done', () => {
    const persons = (jobs: readonly JobMessageInput[]) =>
      new Set(
        jobs.flatMap(({ tenantId, creatorId, subjectRefs = [] }) =>
          [creatorId, ...subjectRefs].map((ref) => `${tenantId} ${ref}`),
        ),
      );
    const first = firstJobs(1_000);
    expect(first).toHaveLength(1_000);
    expect(persons(first)).toEqual(persons(benchJobs(1_000)));
  });
});
