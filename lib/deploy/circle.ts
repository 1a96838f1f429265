/** A way that leads back to where it began, with its begin at both ends; `undefined` when there is none. */
export const circleIn = (
  all: readonly string[],
  nextOf: (from: string) => readonly string[],
): string[] | undefined => {
  const done = new Set<string>();
  const search = (way: readonly string[]): string[] | undefined => {
    const at = way.at(-1) ?? '';
    const begin = way.indexOf(at);
    if (begin < way.length - 1) return way.slice(begin);
    if (done.has(at)) return undefined;
    for (const next of nextOf(at)) {
      const found = search([...way, next]);
      if (found !== undefined) return found;
    }
    done.add(at);
    return undefined;
  };
  for (const one of all) {
    const found = search([one]);
    if (found !== undefined) return found;
  }
  return undefined;
};
