import type { HttpRouteSpec } from '../assembly/plan-http-api.ts';

export type RouteMatch = { route: HttpRouteSpec; params: Record<string, string> };

/** Finds a request's route as HTTP APIs do: the one with fewer parameters wins, and a trailing slash is another path. */
export const createRouteTable = (routes: readonly HttpRouteSpec[]) => {
  const patterns = routes.map((route) => ({ route, ...patternOf(route.key) }));
  patterns.sort((one, other) => one.parameters - other.parameters);
  return (method: string, path: string): RouteMatch | undefined => {
    const segments = path.split('/');
    for (const { route, method: wanted, segments: pattern } of patterns) {
      const params = wanted === method ? match(pattern, segments) : undefined;
      if (params !== undefined) return { route, params };
    }
    return undefined;
  };
};

const patternOf = (key: string) => {
  const [method = '', path = ''] = key.split(' ');
  const segments = path.split('/');
  return { method, segments, parameters: segments.filter(isParameter).length };
};

const isParameter = (segment: string): boolean => /^\{\w+\}$/.test(segment);

const match = (pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined => {
  if (pattern.length !== given.length) return undefined;
  const params: [string, string][] = [];
  for (const [index, wanted] of pattern.entries()) {
    const segment = given[index] ?? '';
    if (!isParameter(wanted) ? wanted !== segment : segment === '') return undefined;
    if (isParameter(wanted)) params.push([wanted.slice(1, -1), decoded(segment)]);
  }
  return Object.fromEntries(params);
};

/** What is no percent-encoding is taken as it stands. */
const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};
