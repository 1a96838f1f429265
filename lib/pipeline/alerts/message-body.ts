import type { Flush } from './aggregator.ts';
import type { Alert } from './alert.ts';

// Apart from what reads them: a worker that may have to raise an alert need not load the aggregator's schemas.

export const alertBody = (alert: Alert): string => JSON.stringify({ kind: 'alert', alert });
export const flushBody = (flush: Flush): string => JSON.stringify({ kind: 'flush', flush });
