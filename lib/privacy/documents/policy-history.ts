import { createHash } from 'node:crypto';
import type { PolicyVersion } from '../map/policy-versions.ts';
import { words } from '../map/words.ts';
import { table } from './markdown.ts';
import type { Page } from './pages.ts';
import type { Say } from './said.ts';

const POLICY = 'privacy-policy.md';

/** What has changed for readers, the latest first. */
export const policyHistoryTable = (versions: readonly PolicyVersion[], say: Say): string =>
  table(
    [words('Version', 'Version'), words('Since', 'Depuis le'), words('What changed', 'Ce qui a changé')].map(
      say,
    ),
    versions.map(({ version, since, changed }) => [String(version), since, say(changed)]),
  );

/** What both pages of the policy say, but for the list of its versions. */
const policyDigest = (pages: readonly Page[]): string => {
  const hash = createHash('sha256');
  for (const { text } of pages.filter(({ name }) => name === POLICY))
    hash.update(text.replace(/<!-- made: policy-history -->[\s\S]*?<!-- end -->/, ''));
  return hash.digest('hex').slice(0, 16);
};

/** A sentence when the policy says other things than its latest version did. */
export const policyHistoryProblems = (
  pages: readonly Page[],
  [latest]: readonly PolicyVersion[],
): string[] => {
  const digest = policyDigest(pages);
  if (latest?.digest === digest) return [];
  return [
    `docs/privacy/*/${POLICY} is not version ${latest?.version} of lib/privacy/map/policy-versions.ts: add a version there that tells readers what changed, with the digest ${digest}, then npm run privacy`,
  ];
};
