import type { ModelName } from '../../pipeline/model/model.ts';
import { type Drill, type DrillContext, equal, type Finding } from '../drill.ts';
import { answeredBy, describeAnswer, failedWith } from '../findings.ts';
import { startDefault, startWithAzure } from '../rig/default-deployment.ts';
import type { JobRow } from '../rig/job-row.ts';
import type { Rig } from '../rig/rig.ts';
import { callsOf, runStruckJob } from '../rig/run-jobs.ts';
import { strikeModels } from '../rig/strike.ts';

const struck = (rig: Rig, model: ModelName, fault: object): Promise<JobRow> =>
  runStruckJob(rig, strikeModels([model], fault), { model });

const succeededCalls = ({ attempts }: JobRow, model: ModelName): number =>
  attempts.filter((attempt) => attempt.model === model && attempt.outcome === 'answer').length;

/** A damaged reply is asked for once more, and then the next is asked: at OpenAI's API and at Anthropic's. */
const damaged = async (
  context: DrillContext,
  faults: readonly object[],
  code: string,
): Promise<readonly Finding[]> => {
  const rig = await startDefault(context);
  const findings: Finding[] = [];
  for (const fault of faults) {
    const nano = await struck(rig, 'gpt-5-nano', fault);
    const claude = await struck(rig, 'claude', fault);
    findings.push(
      answeredBy(`${JSON.stringify(fault)} at Nano`, nano, 'claude'),
      failedWith('calls before it', nano, [code, code]),
      equal('at Claude, after which there is nobody: the end', describeAnswer(claude), 'default'),
      failedWith('its calls', claude, [code, code]),
      equal(
        'damaged replies taken for answers',
        succeededCalls(nano, 'gpt-5-nano') + succeededCalls(claude, 'claude'),
        0,
      ),
    );
  }
  return findings;
};

/** What asking again would not change ends the job, at the first call and at nobody else's. */
const final = async (
  context: DrillContext,
  fault: object,
  reason: 'refused' | 'invalid',
  code: string,
): Promise<readonly Finding[]> => {
  const rig = await startWithAzure(context);
  const findings: Finding[] = [];
  for (const model of ['gpt-5', 'claude'] as const) {
    const row = await struck(rig, model, fault);
    findings.push(
      equal(`${model}: the end`, describeAnswer(row), `failed, ${reason}`),
      failedWith('its calls', row, [code]),
      equal('calls that reached a model', (await callsOf(rig, row)).length, 1),
    );
  }
  return findings;
};

export const replyDrills: readonly Drill[] = [
  {
    name: 'cut',
    fault: 'Answers end after half of their bytes, with the connection or as if that were all',
    pace: 'busy',
    run: (context) => damaged(context, [{ kind: 'cut' }, { kind: 'cut', clean: true }], 'cut'),
  },
  {
    name: 'corrupt',
    fault: 'Answers are billed, and lack what the API promises of their last event',
    pace: 'busy',
    run: (context) => damaged(context, [{ kind: 'corrupt' }], 'malformed-reply'),
  },
  {
    name: 'malformed',
    fault: 'Answers are billed, and their last event is broken JSON',
    pace: 'busy',
    run: (context) => damaged(context, [{ kind: 'malformed' }], 'malformed-reply'),
  },
  {
    name: 'incomplete',
    fault: 'Answers are billed, and stop at the output limit',
    pace: 'busy',
    run: (context) => final(context, { kind: 'incomplete' }, 'invalid', 'output-limit'),
  },
  {
    name: 'refusal',
    fault: 'Models decline to answer what they are asked',
    pace: 'busy',
    run: (context) => final(context, { kind: 'refusal' }, 'refused', 'model-refused'),
  },
];
