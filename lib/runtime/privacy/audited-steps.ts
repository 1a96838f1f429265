import type { AuditChain } from '../../pipeline/privacy/audit-chains.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { CarryOutPorts } from './carry-out.ts';

/** Each step that is over is in the audit trail, before it counts. Pages of a step are one. */
export const auditedSteps =
  (trail: AuditTrail, actor: AuditChain): CarryOutPorts['onDone'] =>
  async ({ auditId, right }, step, outcome) => {
    if (outcome.kind === 'more') return;
    const details = { right, outcome: outcome.kind, ...step };
    await trail.append({ action: 'privacy-step', actor, target: auditId, requestId: '', details });
  };
