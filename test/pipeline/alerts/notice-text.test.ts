import type { Notice } from '../../../lib/pipeline/alerts/notice.ts';
import { noticeTexts } from '../../../lib/pipeline/alerts/notice-text.ts';

const aNotice = (changes: Partial<Notice> = {}): Notice => ({
  id: 'open-circuits/critical/provider=openai@1000#1',
  reason: 'new',
  name: 'open-circuits',
  severity: 'critical',
  labels: { provider: 'openai' },
  counts: { firing: 12, resolved: 1, received: 40 },
  firstAtMs: Date.UTC(2026, 10, 26, 0, 5, 9),
  lastAtMs: Date.UTC(2026, 10, 26, 23, 59, 59),
  lanes: ['high', 'low'],
  members: [{ provider: 'openai', model: 'gpt-5', lane: 'high' }, {}],
  more: 10,
  action: 'Read the status page.',
  runbook: 'docs/runbook.md#open-circuits',
  ...changes,
});

describe('a notice', () => {
  it('reads as a mail from the most urgent down', () => {
    expect(noticeTexts(aNotice(), 'production').email).toBe(
      `[CRITICAL] open-circuits openai: new, 12 firing (production)

Do: Read the status page.
Runbook: docs/runbook.md#open-circuits

Severity: critical. Reason for this notice: new.
Firing now: 12. Since the last notice: 40 alerts, 1 resolved.
First alert: 2026-11-26 00:05:09 UTC. Last: 2026-11-26 23:59:59 UTC.
Lanes: high, low.

Firing:
- provider openai, model gpt-5, lane high
- the whole stage
- and 10 more

Notice open-circuits/critical/provider=openai@1000#1: the same one may come twice.
`,
    );
  });

  it('fits into a subject and into a text message, in ASCII, however long its names are', () => {
    const long = aNotice({
      name: 'n'.repeat(48),
      labels: { provider: 'p'.repeat(64) },
      runbook: `docs/runbook.md#${'n'.repeat(48)}`,
    });
    for (const notice of [aNotice(), long]) {
      const { subject, sms } = noticeTexts(notice, 'production');
      expect(subject.length).toBeLessThan(100);
      expect(sms.length).toBeLessThanOrEqual(140);
      expect(`${subject}${sms}`).toMatch(/^[ -~]+$/);
    }
  });

  it('says that it is over without counting what fires', () => {
    const over = aNotice({ reason: 'resolved', counts: { firing: 0, resolved: 2, received: 2 }, more: 0 });
    const { subject, email } = noticeTexts(over, 'dev');
    expect(subject).toBe('[CRITICAL] open-circuits openai: resolved (dev)');
    expect(email).toContain('\nWas firing:\n');
  });

  it('is JSON for machines', () => {
    const { machine } = noticeTexts(aNotice(), 'dev');
    expect(JSON.parse(machine)).toEqual({ kind: 'notice', stage: 'dev', ...aNotice() });
  });
});
