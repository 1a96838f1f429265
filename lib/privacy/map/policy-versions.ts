import { type Words, words } from './words.ts';

/** A version of the privacy policy: what changed for whoever reads it, and what its two pages hash to. */
export type PolicyVersion = { version: number; since: string; changed: Words; digest: string };

/** All versions, the latest first. A change of the policy, or of what its tables are made of, needs another one. */
export const policyVersions: readonly PolicyVersion[] = [
  {
    version: 2,
    since: '2026-11-26',
    changed: words(
      'versions are listed here; transfers outside the Union are assessed on a page of their own',
      'les versions sont énumérées ici ; les transferts hors de l’Union sont évalués sur une page dédiée',
    ),
    digest: 'd7664dc23d2f8244',
  },
  {
    version: 1,
    since: '2026-11-26',
    changed: words('first version', 'première version'),
    digest: '5bb81215d9d2f414',
  },
];
