import { type Asked, parseFlags } from '../command-line.ts';

/** What `npm run sbom` was asked to do. */
export type SbomOptions = { outDir: string; audits: boolean /** Writes nothing. */; checks: boolean };

const flags = {
  out: { type: 'string', default: '.relay/sbom' },
  check: { type: 'boolean', default: false },
  audit: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const HELP = `Says what of others ships in each bundle: a bill of materials, and the list of licences in docs/supply-chain.md.

  npm run sbom                 CycloneDX 1.6 (JSON) for each function into .relay/sbom
  npm run sbom -- --out DIR    into another directory
  npm run sbom -- --check      writes nothing, and fails when the list of licences is old
  npm run sbom -- --audit      asks the registry as well what is known to be wrong with what ships

Exit code 1 for a package without integrity, under another licence than a permissive one, or with a known fault.
`;

/** Reads the command line of `npm run sbom`. */
export const readCommandLine = (args: readonly string[]): Asked<SbomOptions> => {
  const values = parseFlags(args, flags);
  if (typeof values === 'string') return { kind: 'misused', text: `${values} (see npm run sbom -- --help)` };
  if (values.help) return { kind: 'help', text: HELP };
  if (values.out === '') return { kind: 'misused', text: '--out takes a directory, e.g. --out sboms' };
  return { kind: 'run', options: { outDir: values.out, audits: values.audit, checks: values.check } };
};
