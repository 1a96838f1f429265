import { readFile } from 'node:fs/promises';
import { readAssembly } from '../../local/cloud/assembly/assembly.ts';
import { planDeployment } from '../../local/cloud/assembly/deployment.ts';
import { drillOfAlarm } from './alarm-drills.ts';

/** What an alarm says in its description, in the form of lib/pipeline/alerts/alarm-description.ts. */
export type AlarmWords = { impact: string; severity: string; runbook: string };

const DESCRIPTION = /^(\S.*\.) Severity: (critical|warning)\. Runbook: docs\/runbook\.md#([a-z-]+)$/;

/** `undefined` for a description of another form. */
export const wordsIn = (description: string): AlarmWords | undefined => {
  const [, impact = '', severity = '', runbook = ''] = DESCRIPTION.exec(description) ?? [];
  return runbook === '' ? undefined : { impact, severity, runbook };
};

/** What a stage declares. Names have the stage's prefix. */
export type DeclaredAlarm = { name: string; description: string | null };

/** By which an alarm is held to be proven and explained. */
export type Proof = {
  runbook: string;
  drills: ReadonlyMap<string, string>;
};

const PREFIX = 'relay-local-';

/** A sentence for each alarm without a drill, an impact or a heading, and for each drill without its alarm. */
export const alarmProblems = (alarms: readonly DeclaredAlarm[], { runbook, drills }: Proof): string[] => {
  const headings = new Set(
    [...runbook.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    ),
  );
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
    ...alarms
      .filter(({ name }) => !drills.has(name.replace(PREFIX, '')))
      .map(({ name }) => `no drill drives ${name} (lib/drill/alarms)`),
    ...[...drills.keys()]
      .filter((alarm) => !names.has(PREFIX + alarm))
      .map((alarm) => `a drill drives ${alarm}, which is no alarm`),
  ];
};

/** The problems of an assembly of stage `local`. */
export const problemsOfAssembly = async (assemblyDir: string): Promise<string[]> => {
  const assembly = await readAssembly(assemblyDir);
  const site = { region: assembly.region, awsEndpoint: 'http://127.0.0.1' };
  const { alarms } = planDeployment(assembly, site);
  const runbook = await readFile('docs/runbook.md', 'utf8');
  return alarmProblems(alarms, { runbook, drills: drillOfAlarm });
};
