import { marshall } from '@aws-sdk/util-dynamodb';
import { LATE } from '../../pipeline/money/totals.ts';
import type { Item } from './batch-write.ts';

/** An hour that got entries after its regular folds, or that ran when the last whole fold looked at it. */
export type LateHour = { hour: string; markedAtMs: number };

/** The mark of such an hour as an item. One that no fold takes off ends as late as totals that are written now. */
export const markOf = (late: LateHour, retentionSeconds: number): Item =>
  marshall({ tenantDay: LATE, ...late, expiresAt: Math.ceil(late.markedAtMs / 1000) + retentionSeconds });
