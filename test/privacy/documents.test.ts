import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { parityProblems, placeholdersIn } from '../../lib/privacy/documents/page-problems.ts';
import { type Page, readPages, remade } from '../../lib/privacy/documents/pages.ts';
import { policyHistoryProblems } from '../../lib/privacy/documents/policy-history.ts';
import { measures } from '../../lib/privacy/map/measures.ts';
import { policyVersions } from '../../lib/privacy/map/policy-versions.ts';
import { processors } from '../../lib/privacy/map/processors.ts';
import { transfers } from '../../lib/privacy/map/transfers.ts';

const pages = readPages();

const changed = (name: string, language: string, change: (text: string) => string): Page[] =>
  pages.map((page) =>
    page.name === name && page.language === language ? { ...page, text: change(page.text) } : page,
  );

describe('the documents', () => {
  it('are nine, in two languages, with the same sections, tables and figures', () => {
    expect(pages).toHaveLength(18);
    expect(parityProblems(pages)).toEqual([]);
  });

  it.each([
    ['a section', 'breach-runbook.md', (text: string) => text.replace('<!-- section: drills -->', '')],
    ['a figure', 'breach-runbook.md', (text: string) => text.replace('72 h', '73 h')],
    ['a table', 'dpia.md', (text: string) => text.replace('<!-- made: measures -->', '')],
    ['a placeholder', 'dpia.md', (text: string) => text.replace('{{dpo-opinion}}', '–')],
  ])('are not the same when %s is in one language alone', (_what, name, change) => {
    expect(parityProblems(changed(name, 'fr', change))).toHaveLength(1);
  });

  it('are not the same when a page is in one language alone', () => {
    const without = pages.filter(({ file }) => file !== 'docs/privacy/fr/dpia.md');
    expect(parityProblems(without)).toEqual(['dpia.md: only in en']);
  });

  it.each(pages.map((page) => [page.file, page] as const))(
    '%s is made anew without a change',
    (_file, page) => {
      expect(remade(page)).toBe(page.text);
      expect(remade({ ...page, text: page.text.replaceAll(/^\| .*$/gm, '') })).not.toBe('');
    },
  );

  it('refuse a part that nothing makes', () => {
    const [page] = pages;
    if (page === undefined) throw new Error('there are no pages');
    const text = '<!-- made: nonsense -->\n<!-- end -->';
    expect(() => remade({ ...page, text })).toThrow('nonsense');
  });

  it('have what Art. 13 and 14 ask of a notice', () => {
    const policy = pages.find(({ file }) => file === 'docs/privacy/en/privacy-policy.md')?.text ?? '';
    const asked = [
      'scope',
      'data',
      'purposes',
      'retention',
      'recipients',
      'transfers',
      'rights',
      'automated',
      'complaint',
    ];
    for (const section of asked) expect(policy).toContain(`<!-- section: ${section} -->`);
    for (const article of [7, 15, 16, 17, 18, 20, 21, 77]) expect(policy).toContain(`Art. ${article}`);
  });

  it('have each measure of the assessments held by a test that there is', () => {
    const all = [...measures, ...transfers.flatMap((transfer) => transfer.measures)];
    expect(all.filter(({ test }) => !existsSync(test))).toEqual([]);
  });

  it('assess the transfer to each processor, with measures, and not before its terms were read', () => {
    expect(transfers.map(({ processor }) => processor)).toEqual(processors.map(({ name }) => name));
    for (const { processor, assessedOn, measures: lowering } of transfers) {
      const reviewedOn = processors.find(({ name }) => name === processor)?.reviewedOn;
      expect(lowering.length).toBeGreaterThan(0);
      expect(assessedOn >= (reviewedOn ?? '')).toBe(true);
    }
  });

  it('are a version of the policy that tells readers what changed, each since later than the one before', () => {
    expect(policyHistoryProblems(pages, policyVersions)).toEqual([]);
    const numbers = policyVersions.map(({ version }) => version);
    expect(numbers).toEqual(numbers.map((_, index) => numbers.length - index));
    const dates = policyVersions.map(({ since }) => since);
    expect(dates).toEqual(dates.toSorted().reverse());
    for (const language of ['en', 'fr'])
      expect(
        policyHistoryProblems(
          changed('privacy-policy.md', language, (text) => text.replace('CNIL', 'CNPD')),
          policyVersions,
        ),
      ).toEqual([expect.stringMatching(/privacy-policy\.md.*add a version/)]);
    expect(
      policyHistoryProblems(
        changed('dpia.md', 'en', () => ''),
        policyVersions,
      ),
    ).toEqual([]);
  });

  it('have links to headings that there are', () => {
    const anchors = (file: string) =>
      [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      );
    const lost = pages.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\(([^):#]+\.md)#([^)]+)\)/g)]
        .map(([, to = '', anchor = '']) => ({ to: join(dirname(file), to), anchor }))
        .filter(({ to, anchor }) => !anchors(to).includes(anchor)),
    );
    expect(lost).toEqual([]);
  });

  it('name their placeholders by file and line', () => {
    const found = placeholdersIn(pages);
    const names = (language: string) =>
      found.filter(({ file }) => file.includes(`/${language}/`)).map(({ name }) => name);
    expect(names('en').length).toBeGreaterThan(10);
    expect([...names('fr')].sort()).toEqual([...names('en')].sort());
    const [first] = found;
    expect(readFileSync(first?.file ?? '', 'utf8').split('\n')[(first?.line ?? 0) - 1]).toContain(
      `{{${first?.name}}}`,
    );
  });
});

/** What is read of the record as JSON-LD. */
const recordSchema = z.object({
  '@context': z.record(z.string(), z.url()),
  'dct:hasPart': z.array(
    z.looseObject({
      '@type': z.literal('dpv:Process'),
      'dpv:hasPurpose': z.unknown(),
      'dpv:hasLegalBasis': z.array(z.object({ '@id': z.string() })).min(1),
      'dpv:hasDataSubject': z.array(z.unknown()).min(1),
      'dpv:hasPersonalData': z.array(z.unknown()).min(1),
      'dpv:hasStorageCondition': z.array(z.unknown()).min(1),
      'dpv:hasRecipient': z.array(z.unknown()).min(1),
      'dpv:hasTechnicalOrganisationalMeasure': z.array(z.unknown()).min(1),
    }),
  ),
});

it('the record of processing has for machines what Art. 30 asks for', () => {
  const text = readFileSync('docs/privacy/record-of-processing.jsonld', 'utf8');
  const record = recordSchema.parse(JSON.parse(text));
  expect(record['dct:hasPart']).toHaveLength(7);
  const prefixes = Object.keys(record['@context']);
  const used = [...text.matchAll(/"@?([a-z-]+):[A-Za-z0-9-]+"/g)].map(([, prefix = '']) => prefix);
  expect([...new Set(used)].filter((prefix) => !prefixes.includes(prefix))).toEqual([]);
});
