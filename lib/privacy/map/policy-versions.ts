import { type Words, words } from './words.ts';

/** A version of the privacy policy: what changed for whoever reads it, and what its two pages hash to. */
export type PolicyVersion = { version: number; since: string; changed: Words; digest: string };

/** All versions, the latest first. A change of the policy, or of what its tables are made of, needs another one. */
export const policyVersions: readonly PolicyVersion[] = [
  {
    version: 3,
    since: '2026-11-26',
    changed: words(
      'a job may name a consent, and a stage may demand it',
      'une tâche peut désigner un consentement, et un environnement peut l’exiger',
    ),
    digest: '160138dbca819d52',
  },
  {
    version: 2,
    since: '2026-11-26',
    changed: words(
      'versions are listed here; transfers outside the Union are assessed on a page of their own; a restriction can be lifted',
      'les versions sont énumérées ici ; les transferts hors de l’Union sont évalués sur une page dédiée ; une limitation peut être levée',
    ),
    digest: '0b59db3fc4e43f81',
  },
  {
    version: 1,
    since: '2026-11-26',
    changed: words('first version', 'première version'),
    digest: '5bb81215d9d2f414',
  },
];
