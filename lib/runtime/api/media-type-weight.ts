/**
 * How much an Accept header wants a media type, 0 to 1: the range that names it most closely says so (RFC 9110, 12.5.1).
 * A weight that is no number counts as none was given.
 */
export const weightOf = (mediaType: string, accept: string): number => {
  const ranges = accept.split(',').map(rangeOf);
  const [family] = mediaType.split('/');
  for (const name of [mediaType, `${family}/*`, '*/*']) {
    const weights = ranges.filter((range) => range.name === name).map(({ weight }) => weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
};

const rangeOf = (text: string) => {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
  return { name, weight: Number.isNaN(weight) ? 1 : weight };
};
