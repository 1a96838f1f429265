import type { StageConfig } from '../config.ts';

/** An hour of a busy stage is read at once. */
const MEMORY_MB = 512;

/** What functions behind the line of jobs have in common. */
export const functionSettings = (
  { stage, logRetentionDays, worker }: StageConfig,
  bundlesDir: string,
  door: string,
) => ({
  functionName: `relay-${stage}-${door}`,
  bundleDir: `${bundlesDir}/${door}`,
  memoryMb: MEMORY_MB,
  logRetentionDays,
  logLevel: worker.logLevel,
});
