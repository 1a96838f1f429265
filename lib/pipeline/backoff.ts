/** Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): anywhere between 0 and the doubled ceiling. */
export const backoffMs = (
  retry: number,
  { baseMs, ceilingMs }: { baseMs: number; ceilingMs: number },
  random: () => number,
): number => Math.floor(random() * Math.min(ceilingMs, baseMs * 2 ** retry));
