import type { DrillContext } from '../drill.ts';
import type { Rig } from './rig.ts';
import { warmUp } from './run-jobs.ts';

/** What a stage deploys when nothing is said of providers: one for each model. */
export const defaultProviders = ['openai', 'anthropic'] as const;

/** The default deployment with a warm worker. */
export const startDefault = async ({ startRig }: DrillContext): Promise<Rig> => {
  const rig = await startRig({ providers: defaultProviders });
  await warmUp(rig, 1);
  return rig;
};

/** The same with Azure OpenAI before OpenAI. */
export const startWithAzure = async ({ startRig }: DrillContext): Promise<Rig> => {
  const rig = await startRig();
  await warmUp(rig, 1);
  return rig;
};
