import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { visibilitySeconds } from '../lib/config.ts';
import { failureReasons, jobStatuses } from '../lib/pipeline/job.ts';
import { jobMessageSchema } from '../lib/pipeline/job-message.ts';
import { laneNames } from '../lib/pipeline/lane.ts';
import { metric } from '../lib/pipeline/metric.ts';
import { MAX_RUNS } from '../lib/pipeline/process-job.ts';
import { configOf } from './stacks/synthesize.ts';

const production = configOf('production');
const architecture = readFileSync('docs/architecture.md', 'utf8');
const readme = readFileSync('README.md', 'utf8');

const duration = (seconds: number): string =>
  seconds % 3_600 === 0 ? `${seconds / 3_600} h` : `${seconds / 60} min`;

describe('what the documents say of the system', () => {
  it.each(laneNames)('is so for lane %s', (name) => {
    const { concurrency, batchSize, parallelism, patienceSeconds } = production.lanes[name];
    const row = [
      name,
      concurrency,
      batchSize,
      parallelism,
      concurrency * parallelism,
      duration(patienceSeconds),
    ];
    expect(architecture).toContain(`| ${row.join(' | ')} |`);
  });

  it('is so for retention', () => {
    const { queue, jobRetentionDays, recoveryDays, logRetentionDays } = production;
    expect(architecture).toContain(
      `| Lane queues | messages until they are done | ${queue.retentionDays} days |`,
    );
    expect(architecture).toContain(`| ${queue.deadLetterRetentionDays} days from being set aside by Relay`);
    expect(architecture).toContain(`| ${jobRetentionDays} days after its last write`);
    expect(architecture).toContain(`| older versions of the same | ${recoveryDays} days |`);
    expect(architecture).toContain(`| ${logRetentionDays} days (dev: ${configOf('dev').logRetentionDays}) |`);
  });

  it('is so for the visibility timeout and the concurrency that an account needs', () => {
    const decision = readFileSync('docs/decisions/0001-visibility-follows-the-timeout.md', 'utf8');
    expect(decision).toContain(`= ${visibilitySeconds(production, production.lanes.critical)} s.`);
    const reserved = laneNames.reduce((sum, name) => sum + production.lanes[name].concurrency, 0);
    expect(readme).toContain(
      `set aside ${reserved} concurrent executions, which needs an account quota of ${reserved + 100}`,
    );
  });

  it('is so for receives and calls', () => {
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    expect(runbook).toContain(`it was received ${production.queue.maxReceives} times without being done`);
    const inWords = ['no', 'one', 'two', 'three', 'four'][MAX_RUNS];
    expect(architecture).toContain(`repeated by a later delivery, ${inWords} runs in all.`);
  });

  it('names only metrics that there are', () => {
    const runbook = readFileSync('docs/runbook.md', 'utf8');
    const named = [...runbook.matchAll(/metric(?:-name)? `?([A-Z][A-Za-z]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThanOrEqual(4);
    for (const name of named) expect(Object.values(metric)).toContain(name);
  });

  it('names every reason and status that a producer can meet', () => {
    const producers = readFileSync('docs/producers.md', 'utf8');
    for (const word of [...jobStatuses, ...failureReasons, 'deadline-passed'])
      expect(producers).toContain(`\`${word}\``);
    expect(producers).toContain(`stays for ${production.jobRetentionDays} days`);
  });

  it('fits on one screen, in the README', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(65);
  });
});

it('the published schema of a job is the one that lanes hold jobs to (npm run schema)', () => {
  const published = JSON.parse(readFileSync('docs/job-message.schema.json', 'utf8'));
  expect(published).toEqual(JSON.parse(JSON.stringify(jobMessageSchema())));
});

describe('links between documents', () => {
  const documents = ['README.md', ...globSync('docs/**/*.md')];
  it.each(documents)('of %s lead somewhere', (document) => {
    const targets = [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      ([, to = '']) => to,
    );
    expect(targets.filter((to) => !existsSync(join(dirname(document), to)))).toEqual([]);
  });
});
