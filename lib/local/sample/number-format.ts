const grouped = new Intl.NumberFormat('en-US');

export const formatCount = (count: number): string => grouped.format(count);

/** What does not exist, such as the median of nothing, is a dash. */
export const formatDuration = (durationMs: number | undefined): string => {
  if (durationMs === undefined) return '-';
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  return `${(durationMs / 1_000).toFixed(1)} s`;
};

/** Four decimals, which show a single call; six below a tenth of a cent, which is all that micro-dollars have. */
export const formatUsd = (microUsd: number): string =>
  `$${(microUsd / 1_000_000).toFixed(microUsd < 1_000 ? 6 : 4)}`;
