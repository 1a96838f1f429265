import { readFile } from 'node:fs/promises';
import { readAssembly } from '../../local/cloud/assembly/assembly.ts';
import { planDeployment } from '../../local/cloud/assembly/deployment.ts';
import { drillOfAlarm } from './alarm-drills.ts';
import { type AwaitedDrill, awaitedDrills } from './awaited-drills.ts';

/** What an alarm says in its description, in the form of lib/pipeline/alerts/alarm-description.ts. */
export type AlarmWords = { impact: string; severity: string; runbook: string };

const DESCRIPTION = /^(\S.*\.) Severity: (critical|warning)\. Runbook: docs\/runbook\.md#([a-z-]+)$/;

/** `undefined` for a description of another form. */
export const wordsIn = (description: string): AlarmWords | undefined => {
  const [, impact = '', severity = '', runbook = ''] = DESCRIPTION.exec(description) ?? [];
  return runbook === '' ? undefined : { impact, severity, runbook };
};

/** What a stage declares, as far as its alarms go. Names have the stage's prefix. */
export type Declared = {
  alarms: readonly { name: string; description: string | null }[];
  /** Queues and functions. */
  resources: readonly string[];
};

/** By which an alarm is held to be proven and explained. */
export type Proof = {
  runbook: string;
  drills: ReadonlyMap<string, string>;
  awaited: readonly AwaitedDrill[];
};

const PREFIX = 'relay-local-';

/** A sentence for each alarm without a drill, an impact or a heading, and for each drill without its alarm. */
export const alarmProblems = (
  { alarms, resources }: Declared,
  { runbook, drills, awaited }: Proof,
): string[] => {
  const headings = new Set(
    [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    ),
  );
  const owed = new Map(awaited.flatMap((drill) => drill.alarms.map((alarm) => [alarm, drill] as const)));
  const names = new Set(alarms.map(({ name }) => name));
  return [
    ...alarms.flatMap(({ name, description }) => {
      const words = wordsIn(description ?? '');
      if (words === undefined)
        return [`${name} does not say its impact, its severity and its heading of the runbook`];
      return headings.has(words.runbook)
        ? []
        : [`${name} names "${words.runbook}", which is no heading of docs/runbook.md`];
    }),
    ...alarms.flatMap(({ name }) =>
      drillProblem(name, drills, owed.get(name.replace(PREFIX, '')), resources),
    ),
    ...[...drills, ...owed]
      .filter(([alarm]) => !names.has(PREFIX + alarm))
      .map(([alarm]) => `a drill drives ${alarm}, which is no alarm`),
  ];
};

const drillProblem = (
  name: string,
  drills: ReadonlyMap<string, string>,
  owed: AwaitedDrill | undefined,
  resources: readonly string[],
): string[] => {
  if (drills.has(name.replace(PREFIX, ''))) return [];
  if (owed === undefined) return [`no drill drives ${name} (lib/drill/alarms)`];
  if (owed.resource === undefined || !resources.includes(owed.resource)) return [];
  return [
    `${owed.resource} is there now, so ${name} must have its drill: ${owed.condition} (lib/drill/alarms)`,
  ];
};

/** The problems of an assembly of stage `local`. */
export const problemsOfAssembly = async (assemblyDir: string): Promise<string[]> => {
  const assembly = await readAssembly(assemblyDir);
  const site = { region: assembly.region, awsEndpoint: 'http://127.0.0.1' };
  const { alarms, queues, functions } = planDeployment(assembly, site);
  const resources = [...queues, ...functions].map(({ name }) => name);
  const runbook = await readFile('docs/runbook.md', 'utf8');
  return alarmProblems({ alarms, resources }, { runbook, drills: drillOfAlarm, awaited: awaitedDrills });
};
