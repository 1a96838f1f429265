import type { AuditTrail } from '../privacy/audit-trail.ts';
import type { ApiTelemetry } from './api-telemetry.ts';

/** Who asked, read or changed what: `clientId` is a machine's name, the issuer's own. */
export type AuditedChange = {
  action: string;
  clientId: string;
  target: string;
  requestId: string;
  details: Readonly<Record<string, string | number | boolean | undefined>>;
};

/** Resolves when it is in the audit trail. What cannot be told there is not done: it rejects. */
export type Audit = (change: AuditedChange) => Promise<void>;

export const createAudit =
  (trail: AuditTrail, { audited }: Pick<ApiTelemetry, 'audited'>): Audit =>
  async ({ clientId, details, ...change }) => {
    const known = Object.entries(details).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    audited(await trail.append({ ...change, actor: clientId, details: Object.fromEntries(known) }));
  };
