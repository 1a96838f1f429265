import { type Drill, type DrillContext, equal, type Finding } from '../drill.ts';
import { answeredBy, describeAnswer } from '../findings.ts';
import { startWithAzure } from '../rig/default-deployment.ts';
import { endToEndMs, type JobRow } from '../rig/job-row.ts';
import { watchForLine } from '../rig/line-watch.ts';
import type { Rig } from '../rig/rig.ts';
import { callsOf, type JobChanges, runJob, runJobs } from '../rig/run-jobs.ts';
import { strikeProviders } from '../rig/strike.ts';

const serverError = { kind: 'status', status: 500, code: 'server_error' };

const outage = strikeProviders(['openai', 'azure-openai', 'anthropic'], serverError);

/** A deferral is told at the end of a run, and a run that nobody answers takes moments. */
const DEFERRED_WITHIN_MS = 60_000;

const allDown = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startWithAzure(context);
  await rig.modelFaults(outage);
  const deferred = watchForLine(rig, /"message":"job deferred".*"reason":"no-model"/);
  const waiting = runJobs(rig, [{}], 'medium');
  const urgent = await runJob(rig);
  const hasWaited = await deferred.seenWithin(DEFERRED_WITHIN_MS);
  await rig.modelFaults([]);
  const [patient] = await waiting;
  if (patient === undefined) throw new Error('a job was sent to lane medium');
  return [
    equal('critical gets the default answer', describeAnswer(urgent), 'default'),
    equal('in its first run', urgent.runsCharged, 1),
    equal('medium goes back to its lane and waits', hasWaited, true),
    {
      expected: 'medium is answered by a model once one answers again',
      found: `${describeAnswer(patient)}, ${endToEndMs(patient)} ms after sending`,
      holds: patient.answer?.source === 'model',
    },
  ];
};

/** Who was called for a job. */
const processorsOf = async (rig: Rig, row: JobRow): Promise<string[]> => [
  ...new Set((await callsOf(rig, row)).map(({ provider }) => provider)),
];

const allowedProcessors = async (context: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startWithAzure(context);
  const tenant: JobChanges = { model: 'gpt-5', allowedProcessors: ['anthropic'] };
  const healthy = await runJob(rig, tenant);
  await rig.modelFaults(strikeProviders(['anthropic'], serverError));
  const down = await runJob(rig, tenant);
  const free = await runJob(rig, { model: 'gpt-5' });
  return [
    answeredBy('GPT-5 is wished for, Anthropic alone is allowed', healthy, 'claude'),
    equal('who was called', await processorsOf(rig, healthy), ['anthropic']),
    equal('why the others were not', reasonsIn(healthy), ['processor-not-allowed']),
    equal('Anthropic is down: the end', describeAnswer(down), 'default'),
    equal('who was called', await processorsOf(rig, down), ['anthropic']),
    answeredBy('the same wish of a tenant that allows all', free, 'gpt-5'),
  ];
};

const reasonsIn = ({ skips }: JobRow): string[] => [...new Set(skips.map(({ reason }) => reason))];

const cachedAnswer = async ({ startRig }: DrillContext): Promise<readonly Finding[]> => {
  const rig = await startRig();
  const words = { input: { messages: [{ role: 'user' as const, content: 'Quand est le prochain live ?' }] } };
  const mine = { creatorId: 'creator-of-the-words', ...words };
  const before = await runJob(rig, mine);
  await rig.modelFaults(outage);
  const repeated = await runJob(rig, mine);
  const ofAnother = await runJob(rig, { creatorId: 'another-creator', ...words });
  return [
    equal('the first time: answered by', before.answer?.source, 'model'),
    equal('the same words of the same creator, all models down', repeated.answer?.source, 'cache'),
    equal('the answer is the one given before', repeated.answer?.text === before.answer?.text, true),
    equal('the same words of another creator', describeAnswer(ofAnother), 'default'),
  ];
};

export const outageDrills: readonly Drill[] = [
  {
    name: 'all-down',
    fault: 'Every provider answers 500, and recovers',
    pace: 'waiting',
    run: allDown,
  },
  {
    name: 'allowed-processors',
    fault: 'A tenant allows Anthropic alone, and Anthropic is down',
    pace: 'busy',
    run: allowedProcessors,
  },
  {
    name: 'cached-answer',
    fault: 'Every provider answers 500 to words that were answered before',
    pace: 'busy',
    run: cachedAnswer,
  },
];
