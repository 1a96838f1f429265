import { DAY_MS } from '../utc.ts';
import type { RaisedAlert } from './alert.ts';

/** It is told again until a person ends it, and for as long as the row of the job is there. */
const FIRES_FOR_MS = 7 * DAY_MS;

/** A job was stopped that may concern a minor. It says nothing of whom, of which tenant, or of what was written. */
export const minorRiskAlert = (nowMs: number): RaisedAlert => ({
  name: 'minor-risk',
  severity: 'critical',
  state: 'firing',
  labels: {},
  atMs: nowMs,
  endsAtMs: nowMs + FIRES_FOR_MS,
});
