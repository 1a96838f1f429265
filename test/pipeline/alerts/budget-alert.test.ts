import { alertSchema } from '../../../lib/pipeline/alerts/alert.ts';
import { budgetAlert } from '../../../lib/pipeline/alerts/budget-alert.ts';
import { tenantHash } from '../../../lib/runtime/tenant-hash.ts';

it('names its tenant by a hash and the lane whose limit is near, and ends with its day', () => {
  const nowMs = Date.parse('2026-11-26T15:00:00Z');
  const lane = 'low' as const;
  const warning = { tenantId: 'tenant of a person', day: '2026-11-26', lane, limitMicroUsd: 1 };
  const alert = budgetAlert(warning, tenantHash(warning.tenantId), nowMs);
  expect(alertSchema.parse(alert)).toEqual(alert);
  expect(alert).toMatchObject({ name: 'budget-warnings', endsAtMs: Date.parse('2026-11-27T00:00:00Z') });
  expect(alert.labels).toEqual({ tenant: tenantHash(warning.tenantId), lane: 'low' });
  expect(JSON.stringify(alert)).not.toContain('person');
});
