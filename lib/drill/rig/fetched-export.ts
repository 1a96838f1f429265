import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type * as z from 'zod/mini';
import type { privacyRequest } from '../../api/schemas/privacy.ts';
import { exportLine, exportManifest } from '../../pipeline/privacy/export-line.ts';

/** What somebody has who fetches an export, and what is wrong with it. */
export type FetchedExport = {
  jobs: ReadonlySet<string>;
  deadLetters: number;
  /** Objects that are not as the manifest says, and lines that the published schema does not take. */
  faults: readonly string[];
};

type Links = z.infer<typeof privacyRequest>['export'];

/** Fetches every object by its link, and holds it against the manifest and docs/privacy-export.schema.json. */
export const fetchExport = async (links: Links): Promise<FetchedExport> => {
  if (links === undefined) throw new Error('the answer has no export');
  const manifest = exportManifest.parse(JSON.parse(await textOf(links.manifest)));
  const urls = new Map(links.parts.map(({ name, url }) => [name, url]));
  const faults = manifest.parts.length === urls.size ? [] : ['the manifest names other parts'];
  const lines: string[] = [];
  for (const { name, sha256, bytes, lines: count } of manifest.parts) {
    const body = await textOf(urls.get(name) ?? '');
    const found = body.trimEnd().split('\n');
    const isDeclared =
      createHash('sha256').update(body).digest('hex') === sha256 &&
      Buffer.byteLength(body) === bytes &&
      found.length === count;
    if (!isDeclared) faults.push(`${name} is not as the manifest says`);
    lines.push(...found);
  }
  const isLine = new Ajv2020({ strict: false, validateFormats: false }).compile(
    JSON.parse(readFileSync('docs/privacy-export.schema.json', 'utf8')),
  );
  const strange = lines.flatMap((line, index) => (isLine(JSON.parse(line)) ? [] : [`line ${index + 1}`]));
  const read = lines.map((line) => exportLine.parse(JSON.parse(line)));
  return {
    jobs: new Set(read.flatMap((line) => (line.kind === 'job' ? [line.jobId] : []))),
    deadLetters: read.filter(({ kind }) => kind === 'dead-letter').length,
    faults: [...faults, ...strange],
  };
};

const textOf = async (url: string): Promise<string> => (await fetch(url)).text();
