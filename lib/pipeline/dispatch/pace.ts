import type { Delivery } from './process-job.ts';

/** Receives kept for what nobody foresees: crashes, lost races. */
const SPARE_RECEIVES = 20;

/**
 * A job with a long deadline may wait hundreds of turns. The first half of its receives it may spend as fast as it
 * likes, the other half must last until its deadline: excess is no poison.
 */
export const paceMs = (
  untilDeadlineMs: number,
  { receives, receivesLeft }: Pick<Delivery, 'receives' | 'receivesLeft'>,
): number => (receives < receivesLeft ? 0 : untilDeadlineMs / Math.max(receivesLeft - SPARE_RECEIVES, 1));
