import { alertSchema } from '../../../lib/pipeline/alerts/alert.ts';
import { privacyAlert } from '../../../lib/pipeline/alerts/privacy-alert.ts';
import { dueDay } from '../../../lib/pipeline/privacy/privacy-request.ts';
import { dayStartMs } from '../../../lib/pipeline/utc.ts';

it('says nothing of whom or of which tenant, and does not end before what was asked is due', () => {
  const nowMs = Date.parse('2026-12-31T23:59:59Z');
  const alert = privacyAlert(nowMs);
  expect(alertSchema.parse(alert)).toMatchObject({ name: 'privacy-request', labels: {} });
  expect(alert.endsAtMs).toBeGreaterThanOrEqual(dayStartMs(dueDay('2026-12-31')) + 86_400_000);
});
