import type { PackageLock } from './package-lock.ts';
import type { ShippedPackage } from './shipped-packages.ts';

/** The bundle that a bill of materials is of. */
export type BundleName = { door: string; project: string; version: string };

/** CycloneDX 1.6 (cyclonedx.org/docs/1.6/json). The same bundle has the same bill: it says neither when nor where. */
export const sbomOf = (
  { door, project, version }: BundleName,
  shipped: readonly ShippedPackage[],
  lock: PackageLock,
) => {
  const ref = `${project}/${door}@${version}`;
  const refs = new Map(shipped.map((each) => [each.name, purlOf(each)]));
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': ref, group: project, name: door, version } },
    components: shipped.map(componentOf),
    dependencies: [
      { ref, dependsOn: [...refs.values()] },
      ...shipped.map((each) => ({
        ref: purlOf(each),
        dependsOn: Object.keys(lock[each.directory]?.dependencies ?? {}).flatMap(
          (name) => refs.get(name) ?? [],
        ),
      })),
    ],
  };
};

/** purl-spec, type npm: the scope's `@` is percent-encoded. */
const purlOf = ({ name, version }: ShippedPackage): string =>
  `pkg:npm/${name.replace('@', '%40')}@${version}`;

const componentOf = (shipped: ShippedPackage) => {
  const [name = '', group] = shipped.name.split('/').toReversed();
  return {
    type: 'library',
    'bom-ref': purlOf(shipped),
    ...(group !== undefined && { group }),
    name,
    version: shipped.version,
    // npm writes them in base64, CycloneDX in hexadecimal digits
    hashes: [
      {
        alg: 'SHA-512',
        content: Buffer.from(shipped.integrity.replace('sha512-', ''), 'base64').toString('hex'),
      },
    ],
    licenses: [{ license: { id: shipped.licence } }],
    purl: purlOf(shipped),
  };
};
