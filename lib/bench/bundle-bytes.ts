/** What a bundler says of each file: its size, and the files that it imports. */
export type BundledFiles = Readonly<
  Record<string, { bytes: number; imports: readonly { path: string; kind: string; external?: boolean }[] }>
>;

/** Bytes of a bundle: all of it, and those that are read before its handler can run. */
export type BundleBytes = { whole: number; coldStart: number };

export const bundleBytes = (files: BundledFiles, entry: string): BundleBytes => ({
  whole: sum(files, Object.keys(files)),
  coldStart: sum(files, reachedFrom(files, entry)),
});

const sum = (files: BundledFiles, names: Iterable<string>): number =>
  [...names].reduce((bytes, name) => bytes + (files[name]?.bytes ?? 0), 0);

/** Follows static imports only: a dynamic one is read when it is first needed. */
const reachedFrom = (files: BundledFiles, entry: string): Set<string> => {
  const reached = new Set([entry]);
  for (const name of reached) {
    for (const { path, kind } of files[name]?.imports ?? [])
      if (kind === 'import-statement') reached.add(path);
  }
  return reached;
};
