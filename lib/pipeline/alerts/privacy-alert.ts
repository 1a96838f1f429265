import { DAY_MS } from '../utc.ts';
import type { RaisedAlert } from './alert.ts';

/** Longer than any month, so that it does not end by itself before the request is due. */
const FIRES_FOR_MS = 32 * DAY_MS;

/**
 * A person has asked for a right, and a person must see to it. It says nothing of whom, or of which tenant: there is one
 * alert for all requests, which is ended by hand when none is open.
 */
export const privacyAlert = (nowMs: number): RaisedAlert => ({
  name: 'privacy-request',
  severity: 'warning',
  state: 'firing',
  labels: {},
  atMs: nowMs,
  endsAtMs: nowMs + FIRES_FOR_MS,
});
