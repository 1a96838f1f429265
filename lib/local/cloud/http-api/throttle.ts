import type { HttpApiSpec, HttpRouteSpec, Throttle } from '../assembly/plan-http-api.ts';

/** Whether there is room for one more request of a route now: in a bucket of its own, or in that of its stage. */
export const createThrottles = (
  { routes, throttle }: Pick<HttpApiSpec, 'routes' | 'throttle'>,
  now: () => number,
): ((route: HttpRouteSpec) => boolean) => {
  const shared = createThrottle(throttle, now);
  const own = new Map(
    routes.flatMap((route) =>
      route.throttle ? [[route.key, createThrottle(route.throttle, now)] as const] : [],
    ),
  );
  return ({ key }) => (own.get(key) ?? shared)();
};

/** API Gateway's token bucket: whether there is room for one more request now. `now` in ms. */
const createThrottle = ({ perSecond, burst }: Throttle, now: () => number): (() => boolean) => {
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
