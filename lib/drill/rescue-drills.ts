import type { JobMessage } from '../pipeline/job-message.ts';
import { atMost, type Drill, type DrillContext, equal, type Finding } from './drill.ts';
import { endToEndMs, type JobRow } from './job-row.ts';

const silent = (match: object) => ({ id: 'silent', match, fault: { kind: 'silent' } });

/** Sends one GPT-5 job into a world whose models are as fast as real ones. */
const rescue = async (
  { startRig }: DrillContext,
  rules: readonly object[],
  changes: Partial<JobMessage> = {},
): Promise<JobRow> => {
  const rig = await startRig({ modelProfile: 'realistic' });
  const [warm = ''] = await rig.send('critical', [{}]);
  await rig.ended(warm); // a cold start is not what is measured
  await rig.modelFaults(rules);
  const [jobId = ''] = await rig.send('critical', [{ model: 'gpt-5', ...changes }]);
  return rig.ended(jobId);
};

const answeredBy = ({ answer }: JobRow): Finding => ({
  expected: 'a model answers',
  found: `${answer?.source} ${answer?.model ?? ''} ${answer?.provider ?? ''}`.trim(),
  holds: answer?.source === 'model',
});

export const rescueDrills: readonly Drill[] = [
  {
    name: 'silent-model',
    fault: 'GPT-5 takes calls at both of its providers and never says a word',
    pace: 'busy',
    run: async (context) => {
      const row = await rescue(context, [silent({ model: 'gpt-5' })]);
      return [
        answeredBy(row),
        equal(
          'calls before it',
          row.attempts.slice(0, -1).map(({ code }) => code),
          ['silent', 'silent'],
        ),
        atMost('from sending to result', endToEndMs(row), 12_000, 'ms'),
      ];
    },
  },
];
