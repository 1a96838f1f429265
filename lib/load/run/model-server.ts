import * as z from 'zod';
import type { ModelFaults } from '../../../load/scenario.ts';
import { strikeModels } from '../../drill/rig/strike.ts';
import { pause } from '../../local/sample/pause.ts';

/** A door for faults: of the model server, or of the local cloud. */
export type FaultDoor = { set(rules: readonly object[]): Promise<void>; clear(): Promise<void> };

const order = async (url: string, method: 'PUT' | 'DELETE', body?: object): Promise<void> => {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  await response.body?.cancel();
};

export const faultDoorAt = (url: string): FaultDoor => ({
  set: (rules) => order(`${url}/control/faults`, 'PUT', rules),
  clear: () => order(`${url}/control/faults`, 'DELETE'),
});

/** The control of the model server that the target's workers call. */
export type ModelControl = {
  profile(): Promise<string>;
  setProfile(profile: string): Promise<void>;
  setFaults(faults: Pick<ModelFaults, 'models' | 'fault'>): Promise<void>;
  clearFaults(): Promise<void>;
};

const state = z.object({ profile: z.string() });

export const modelControlAt = (url: string): ModelControl => {
  const faults = faultDoorAt(url);
  return {
    profile: async () => state.parse(await (await fetch(`${url}/control`)).json()).profile,
    setProfile: (profile) => order(`${url}/control/profile`, 'PUT', { profile }),
    setFaults: ({ models, fault }) => faults.set(strikeModels(models, fault)),
    clearFaults: () => faults.clear(),
  };
};

/** When faults were in force, in ms since 1970. */
export type FaultPeriod = { fromMs: number; untilMs: number };

type MidRun = { begun: Promise<void>; lengthMs: number; say(line: string): void; signal: AbortSignal };

/** Switches faults on and off during a run, by its own time; off in any case. `begun`: its first user has come. */
export const strikeMidRun = async (
  control: ModelControl,
  faults: ModelFaults,
  { begun, lengthMs, say, signal }: MidRun,
): Promise<FaultPeriod | undefined> => {
  await begun;
  await pause(faults.from * lengthMs, signal);
  if (signal.aborted) return undefined;
  const fromMs = Date.now();
  try {
    await control.setFaults(faults);
    say(`  faults on: ${faults.models.join(', ')} ${faults.fault.kind}`);
    await pause((faults.until - faults.from) * lengthMs, signal);
    await control.clearFaults();
    say('  faults off');
    return { fromMs, untilMs: Date.now() };
  } catch (error) {
    // the run goes on: that it has not shown what it is for is its verdict's to say
    say(`  faults broken off: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
};
