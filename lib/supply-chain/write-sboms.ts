import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { bundleFunctions } from '../bundle-functions.ts';
import { type Shipment, withShipments } from './licences-page.ts';
import type { SbomOptions } from './options.ts';
import { lockProblems, type PackageLock, readPackageLock } from './package-lock.ts';
import { sbomOf } from './sbom.ts';
import { shippedIn, shippingProblems } from './shipped-packages.ts';

/** Where the licences are listed for people. */
const LICENCES_PAGE = 'docs/supply-chain.md';

const manifest = z.object({ name: z.string(), version: z.string() });

type Around = { projectDir: string; say(line: string): void };

/** What ships in each bundle, by bundling it. */
export const shipmentsOf = async (projectDir: string): Promise<Shipment[]> => {
  const lock = await readPackageLock(join(projectDir, 'package-lock.json'));
  const bundlesDir = await mkdtemp(join(tmpdir(), 'relay-bundles-'));
  try {
    const bundles = await bundleFunctions(projectDir, bundlesDir);
    return bundles.map((bundle) => ({ door: bundle.door, shipped: shippedIn(bundle, lock) }));
  } finally {
    await rm(bundlesDir, { recursive: true });
  }
};

/** Writes a bill of materials for each bundle and the page of licences. Resolves to the exit code. */
export const writeSboms = async (options: SbomOptions, around: Around): Promise<number> => {
  const { projectDir, say } = around;
  const lock = await readPackageLock(join(projectDir, 'package-lock.json'));
  const shipments = await shipmentsOf(projectDir);
  const problems = [
    ...lockProblems(lock),
    ...new Set(shipments.flatMap(({ shipped }) => shippingProblems(shipped, lock))),
    ...(await settlePage(options, shipments, projectDir)),
  ];
  if (!options.checks) await writeBills(options.outDir, shipments, lock, around);
  for (const problem of problems) say(problem);
  const audited = options.audits ? await audit(projectDir, say) : 0;
  return problems.length === 0 ? audited : 1;
};

const writeBills = async (
  outDir: string,
  shipments: readonly Shipment[],
  lock: PackageLock,
  { projectDir, say }: Around,
): Promise<void> => {
  const text = await readFile(join(projectDir, 'package.json'), 'utf8');
  const { name, version } = manifest.parse(JSON.parse(text));
  await mkdir(outDir, { recursive: true });
  for (const { door, shipped } of shipments) {
    const file = join(outDir, `${door}.cdx.json`);
    const bill = sbomOf({ door, project: name, version }, shipped, lock);
    await writeFile(file, `${JSON.stringify(bill, null, 2)}\n`);
    say(`${file}: ${shipped.length} packages`);
  }
};

/** Writes the page anew, or says that it is old. */
const settlePage = async (
  { checks }: SbomOptions,
  shipments: readonly Shipment[],
  projectDir: string,
): Promise<string[]> => {
  const file = join(projectDir, LICENCES_PAGE);
  const page = await readFile(file, 'utf8');
  const current = withShipments(page, shipments);
  if (page === current) return [];
  if (checks) return [`${LICENCES_PAGE} does not list what ships now: npm run sbom`];
  await writeFile(file, current);
  return [];
};

const report = z.object({
  metadata: z.object({ vulnerabilities: z.record(z.string(), z.number()) }).optional(),
  message: z.string().optional(),
});

/** Asks the registry what is known to be wrong with what ships. Not every registry answers that. */
const audit = async (projectDir: string, say: (line: string) => void): Promise<number> => {
  const stdout = await new Promise<string>((resolve) => {
    const args = ['audit', '--omit=dev', '--json'];
    execFile('npm', args, { cwd: projectDir }, (_, output) => resolve(output));
  });
  const { metadata } = report.catch({}).parse(JSON.parse(stdout || '{}'));
  if (metadata === undefined) {
    say('audit: the registry answers no audits; where it does, npm audit --omit=dev');
    return 0;
  }
  const { total = 0, ...bySeverity } = metadata.vulnerabilities;
  const known = Object.entries(bySeverity).filter(([, count]) => count > 0);
  say(`audit: ${total} known${known.map(([severity, count]) => `, ${count} ${severity}`).join('')}`);
  return total === 0 ? 0 : 1;
};
