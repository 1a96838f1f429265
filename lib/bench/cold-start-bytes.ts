/** What a bundler says of each file: its size, and the files that it imports. */
export type BundledFiles = Readonly<
  Record<string, { bytes: number; imports: readonly { path: string; kind: string }[] }>
>;

/** Bytes that are read before the entry can run: static imports only, a dynamic one is read when it is first needed. */
export const coldStartBytes = (files: BundledFiles, entry: string): number => {
  const reached = new Set([entry]);
  // A set hands out what is added to it while it is walked.
  for (const name of reached) {
    for (const { path, kind } of files[name]?.imports ?? [])
      if (kind === 'import-statement') reached.add(path);
  }
  return [...reached].reduce((bytes, name) => bytes + (files[name]?.bytes ?? 0), 0);
};
