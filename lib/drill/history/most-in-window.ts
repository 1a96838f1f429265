/** The most instants that lie in any window of that length; both ends of one are not in it together. All in ms. */
export const mostInWindow = (instantsMs: readonly number[], windowMs: number): number => {
  const sorted = instantsMs.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  sorted.forEach((atMs, index) => {
    while ((sorted[first] ?? atMs) <= atMs - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
};
