/** API Gateway's token bucket: whether there is room for one more request now. `now` in ms. */
export const createThrottle = (
  { perSecond, burst }: { perSecond: number; burst: number },
  now: () => number,
): (() => boolean) => {
  let tokens = burst;
  let atMs = now();
  return () => {
    const nowMs = now();
    tokens = Math.min(burst, tokens + ((nowMs - atMs) / 1000) * perSecond);
    atMs = nowMs;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
};
