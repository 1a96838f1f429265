import { readFileSync } from 'node:fs';
import { emptyChain, nextRecord, nothingSeen, verifyNext } from '../../lib/pipeline/privacy/audit-chain.ts';
import { type BreachFacts, breachFacts } from '../../lib/privacy/breach/breach-facts.ts';
import {
  AUTHORITY_HOURS,
  breachNotice,
  CONTROLLERS_HOURS,
  UnknownStore,
} from '../../lib/privacy/breach/breach-notice.ts';
import { saying } from '../../lib/privacy/documents/said.ts';
import { dataMap } from '../../lib/privacy/map/data-map.ts';
import { languages } from '../../lib/privacy/map/words.ts';
import { sha256 } from '../../lib/runtime/sha256.ts';

const facts = (changes: Partial<BreachFacts> = {}): BreachFacts => ({
  awareAt: '2026-11-26T09:10:00Z',
  kind: ['confidentiality'],
  what: 'a token was out',
  stores: ['relay-<stage>-jobs'],
  ...changes,
});

const noticeOf = (changes: Partial<BreachFacts> = {}) => breachNotice(facts(changes), dataMap, saying('en'));
const rowOf = (notice: string, what: string) =>
  notice.split('\n').find((line) => line.startsWith(`| ${what}`));

describe('a notice of a breach', () => {
  it('says who is told by when, from the instant of awareness', () => {
    const both = noticeOf({ stores: ['relay-<stage>-jobs', 'relay-<stage>-audit'] });
    expect(both).toContain('| the controllers | 2026-11-27T09:10:00.000Z |');
    expect(both).toContain('| CNIL | 2026-11-29T09:10:00.000Z |');
    expect(noticeOf()).not.toContain('| CNIL |');
    expect(noticeOf({ stores: ['relay-<stage>-audit'] })).not.toContain('| the controllers |');
  });

  it('has all that Art. 33(3) asks for, and says of what is not known that it follows', () => {
    const unknown = noticeOf();
    for (const what of ['From, until', 'Their number', 'Records', 'Consequences (c)', 'Measures (d)'])
      expect(rowOf(unknown, what)).toContain('follows (Art. 33(4))');
    const known = noticeOf({ since: '2026-11-25T00:00:00Z', persons: 0, records: 312, measures: 'revoked' });
    expect(rowOf(known, 'Their number')).toBe('| Their number | 0 |');
    expect(rowOf(known, 'Records')).toBe('| Records | 312 |');
    expect(rowOf(known, 'Measures (d)')).toContain('revoked');
    expect(known).toContain('{{dpo-contact}}');
  });

  it('says whose and what data the stores hold, as the map does, and presumes a high risk of content', () => {
    const jobs = noticeOf();
    expect(rowOf(jobs, 'Data')).toContain('words of a conversation');
    expect(rowOf(jobs, 'Persons')).toContain('fans who write');
    expect(rowOf(jobs, 'Risk')).toContain('high');
    expect(rowOf(noticeOf({ readable: false }), 'Risk')).toContain('unintelligible');
    expect(rowOf(noticeOf({ stores: ['relay-<stage>-alerts'] }), 'Risk')).toContain('to be assessed');
  });

  it('refuses a store that the map does not know', () => {
    expect(() => noticeOf({ stores: ['relay-production-jobs'] })).toThrow(UnknownStore);
  });

  it('can be made of the example, in both languages', () => {
    const example = breachFacts.parse(JSON.parse(readFileSync('docs/privacy/breach-example.json', 'utf8')));
    for (const language of languages)
      expect(breachNotice(example, dataMap, saying(language)).split('\n').length).toBeGreaterThan(15);
  });

  it('is made of what the verifier of the audit trail has found', () => {
    const act = { action: 'hold-circuit', actor: 'ops', target: 'openai', requestId: 'r', details: {} };
    const record = nextRecord('http-api', emptyChain, { act, atMs: 0 }, sha256);
    const seen = verifyNext(nothingSeen, { ...record, actor: 'other' }, { hashOf: sha256, keptSinceMs: 0 });
    const [fault] = seen.faults;
    const what = `record ${fault?.sequence} of chain ${fault?.chain}: ${fault?.kind}`;
    const notice = noticeOf({
      kind: ['integrity'],
      what,
      stores: ['relay-<stage>-audit'],
      records: seen.records,
    });
    expect(rowOf(notice, 'Nature')).toContain('integrity ; record 1 of chain http-api: changed');
  });
});

it.each(languages)(
  'the runbook in %s has the same limits, and names exercises that were held',
  (language) => {
    const runbook = readFileSync(`docs/privacy/${language}/breach-runbook.md`, 'utf8');
    for (const hours of [CONTROLLERS_HOURS, AUTHORITY_HOURS]) expect(runbook).toContain(`| ${hours} h |`);
    expect(runbook.match(/^\| \d{4}-\d{2}-\d{2} \|/gm)?.length).toBeGreaterThan(0);
  },
);
