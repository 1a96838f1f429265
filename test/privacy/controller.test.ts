import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  filledIn,
  lackingIn,
  lackingInNotice,
  readDetails,
} from '../../lib/privacy/documents/controller-details.ts';
import { placeholdersIn } from '../../lib/privacy/documents/page-problems.ts';
import { readPages } from '../../lib/privacy/documents/pages.ts';
import { readCommandLine } from '../../lib/privacy/options.ts';
import { runPrivacy } from '../../lib/privacy/run-privacy.ts';

const page = { text: 'Ask {{dpo-contact}} of {{company-name}}.', language: 'fr' } as const;

describe('what only the controller can say', () => {
  it('has a place for each placeholder of the pages, and for nothing else', () => {
    const names = new Set(placeholdersIn(readPages()).map(({ name }) => name));
    expect(Object.keys(readDetails()).sort()).toEqual([...names].sort());
  });

  it('stands in place of its placeholders, in the language of the page', () => {
    const details = { 'dpo-contact': { en: 'the officer', fr: 'le délégué' }, 'company-name': 'X' };
    expect(filledIn(page, details)).toBe('Ask le délégué of X.');
    expect(filledIn(page, { 'dpo-contact': null })).toBe(page.text);
  });

  it('is lacking until it is said', () => {
    expect(lackingIn([page, page], { 'company-name': 'X' })).toEqual(['dpo-contact']);
    expect(lackingIn([page], { 'company-name': 'X', 'dpo-contact': 'Y' })).toEqual([]);
    const unsaid = Object.values(readDetails()).filter((detail) => detail === null).length;
    expect(lackingInNotice().length).toBeLessThanOrEqual(unsaid);
  });

  it('is asked for by every contact and complaint of the notice', () => {
    const policy = readFileSync('docs/privacy/en/privacy-policy.md', 'utf8');
    for (const name of ['company-name', 'company-address', 'dpo-contact', 'eu-representative'])
      expect(policy).toContain(`{{${name}}}`);
    expect(policy).toContain('https://www.cnil.fr/fr/plaintes');
  });
});

describe('npm run privacy', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'relay-privacy-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('publishes pages that lack nothing, and names what others lack', async () => {
    const said: string[] = [];
    const code = await runPrivacy({ kind: 'publish', directory }, (line) => said.push(line));
    const pages = readPages();
    const whole = pages.filter((it) => lackingIn([it], readDetails()).length === 0);
    const written = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.md'),
    );
    expect(written).toHaveLength(whole.length);
    expect(code).toBe(whole.length === pages.length ? 0 : 1);
    expect(said).toHaveLength(pages.length);
    for (const name of written) expect(readFileSync(join(directory, name), 'utf8')).not.toMatch(/\{\{/);
  });

  it('reads its flags, and refuses what it cannot do', () => {
    expect(readCommandLine([])).toEqual({ kind: 'run', options: { kind: 'make' } });
    expect(readCommandLine(['--breach', 'facts.json', '--language', 'fr'])).toEqual({
      kind: 'run',
      options: { kind: 'breach', factsFile: 'facts.json', language: 'fr' },
    });
    for (const args of [
      ['--breach', 'x', '--placeholders'],
      ['--language', 'de'],
      ['--publish='],
      ['--nonsense'],
    ])
      expect(readCommandLine(args).kind).toBe('misused');
    expect(readCommandLine(['--help']).kind).toBe('help');
  });

  it.each([
    ['no/such/file.json', /^no\/such\/file\.json: [^\n]+$/],
    ['package.json', /^package\.json: [^\n]+$/],
  ])('says in one line why %s is no breach', async (factsFile, sentence) => {
    await expect(runPrivacy({ kind: 'breach', factsFile, language: 'en' }, () => undefined)).rejects.toThrow(
      sentence,
    );
  });
});
