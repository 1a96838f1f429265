import type { ReportedTurn } from '../fleet/circuits.ts';
import { DAY_MS } from '../utc.ts';
import type { RaisedAlert } from './alert.ts';

/** A circuit is forgotten after a quiet day, and then nobody would end its alert. In ms. */
const FIRES_FOR_MS = DAY_MS;

/**
 * Outages pass, and are told by the alarm `open-circuits`; money and credentials need a person at once. Any close ends
 * the alert: between the opening and it a probe may have found another reason.
 */
export const circuitAlert = (
  { kind, reason, provider, modelId }: ReportedTurn,
  nowMs: number,
): RaisedAlert | undefined => {
  const needsPerson = reason === 'money' || reason === 'credentials';
  if (kind === 'opened' && !needsPerson) return undefined;
  const alert = {
    name: 'provider-needs-person' as const,
    severity: 'critical' as const,
    labels: { provider, model: modelId },
    atMs: nowMs,
  };
  return kind === 'opened'
    ? { ...alert, state: 'firing', endsAtMs: nowMs + FIRES_FOR_MS }
    : { ...alert, state: 'resolved' };
};
