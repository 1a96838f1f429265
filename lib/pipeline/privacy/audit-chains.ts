/** The functions that leave an audit trail: each writes a chain of its own. */
export const auditChains = ['http-api', 'answer-privacy-requests', 'verify-privacy'] as const;

export type AuditChain = (typeof auditChains)[number];
