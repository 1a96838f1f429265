import { spawnSync } from 'node:child_process';
import { stageNames } from '../lib/config.ts';

// `npm run check`: everything that must hold besides the tests. Stops at the first step that fails.
const synthesize = (stage: string): [string, string] => [
  `cdk synth ${stage}: lattice, template validator, cdk-nag`,
  `cdk synth --quiet --strict --output .relay/check/${stage} -c stage=${stage} -c alarmEmail=oncall@example.com`,
];

const assemblies = stageNames.map((stage) => `.relay/check/${stage}`).join(' ');

const steps: [string, string][] = [
  [
    'format, lint, import rules',
    `biome ci --error-on-warnings --colors=${process.stdout.isTTY ? 'force' : 'off'} .`,
  ],
  ['types', 'tsc --project .'],
  ['unused code and dependencies', 'knip'],
  ...stageNames.map(synthesize),
  ['templates: size, references, secrets', `${process.execPath} bin/check-templates.ts ${assemblies}`],
  ['what ships: integrity, licences', `${process.execPath} bin/sbom.ts --check`],
  ['alarms: impact, runbook, drill', `${process.execPath} bin/check-alarms.ts .relay/check/local`],
  ['rights: used, and no wider', `${process.execPath} bin/check-grants.ts .relay/check/local`],
  ['privacy: data map, processors, documents', `${process.execPath} bin/check-privacy.ts ${assemblies}`],
];

for (const [what, command] of steps) {
  process.stdout.write(`${what} ... `);
  const startedAtMs = performance.now();
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(status === 0 ? `ok (${seconds} s)` : `FAILED (${seconds} s): ${command}\n${stdout}${stderr}`);
  if (status !== 0) process.exit(1);
}
