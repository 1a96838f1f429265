import type { Bundle } from '../bundle-functions.ts';
import type { PackageLock } from './package-lock.ts';

/** A package of somebody else's that is in a bundle. */
export type ShippedPackage = {
  /** Where it is installed. */
  directory: string;
  name: string;
  version: string;
  /** An SPDX identifier or expression, as its author writes it. */
  licence: string;
  /** Of the archive that it was installed from, as npm writes it. */
  integrity: string;
};

/** Licences that ask for nothing but to be named. Whatever else ships is looked at by a person first. */
const permissive = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0']);

/** The packages of which anything is in the bundle, in the order of their names. */
export const shippedIn = ({ sources }: Bundle, lock: PackageLock): ShippedPackage[] => {
  const directories = new Set(sources.flatMap((file) => directoryOf(file) ?? []));
  return [...directories].toSorted().map((directory) => {
    const { version = '', license = '', integrity = '' } = lock[directory] ?? {};
    return { directory, name: nameOf(directory), version, licence: license, integrity };
  });
};

/** `node_modules/a/node_modules/@b/c/lib/d.js` is of `node_modules/a/node_modules/@b/c`. */
const directoryOf = (file: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

const nameOf = (directory: string): string => directory.split('node_modules/').at(-1) ?? '';

/** What may not ship, as sentences. */
export const shippingProblems = (shipped: readonly ShippedPackage[], lock: PackageLock): string[] =>
  shipped.flatMap(({ directory, name, version, licence }) => {
    const locked = lock[directory];
    if (locked === undefined) return [`${name} ships and is not in package-lock.json: npm install`];
    return [
      ...(locked.dev ? [`${name} ships and is a dev dependency: move it to dependencies`] : []),
      ...(permissive.has(licence)
        ? []
        : [
            `${name} ${version} ships under ${licence || 'no licence'}: take another package, or have it looked at`,
          ]),
    ];
  });
