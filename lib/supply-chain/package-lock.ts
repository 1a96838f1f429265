import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const lockedPackage = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().default(false),
  /** Comes within the package that it belongs to, under that one's integrity. */
  inBundle: z.boolean().default(false),
  dependencies: z.record(z.string(), z.string()).default({}),
});

const lock = z.object({ packages: z.record(z.string(), lockedPackage) });

/** All that `npm ci` installs, by its directory; the project itself is ''. */
export type PackageLock = Readonly<z.infer<typeof lock>['packages']>;

export const readPackageLock = async (file: string): Promise<PackageLock> =>
  lock.parse(JSON.parse(await readFile(file, 'utf8'))).packages;

/** What of a lock file would let anybody put other bytes in a package's place, as sentences. */
export const lockProblems = (packages: PackageLock): string[] =>
  Object.entries(packages).flatMap(([directory, { integrity = '', resolved, inBundle }]) => {
    if (directory === '' || inBundle) return [];
    return [
      ...(/^sha512-/.test(integrity) ? [] : [`${directory} has no integrity: ${REFILL}`]),
      ...(resolved === undefined || resolved.startsWith('https://registry.npmjs.org/')
        ? []
        : [`${directory} comes from a place of its own: ${REFILL}`]),
    ];
  });

const REFILL = 'delete its entry from package-lock.json, then npm install --package-lock-only';
