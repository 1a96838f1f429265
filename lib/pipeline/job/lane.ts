/** The four lanes, most important first. A lane is a queue of its own, so a slow lane never stands in front of a fast one. */
export const laneNames = ['critical', 'high', 'medium', 'low'] as const;

export type LaneName = (typeof laneNames)[number];
