import type { Grant } from '../../local/cloud/iam/access.ts';

/** What there is to say against a grant. */
export type Complaint = 'is needed by nothing that was seen' | 'is for any action' | 'is for any resource';

/** What is said against some grants, and why they stay. */
export type Acknowledgement = {
  complaints: readonly Complaint[];
  covers(grant: Grant): boolean;
  reason: string;
  /** It may cover nothing: what it is for is being built. */
  pending?: true;
};

/** The doors that answer persons, and what the HTTP API does for them. */
const ofRightsOfPersons = ({ of, action, resource }: Grant): boolean =>
  /answer-?privacy-?requests|verify-?privacy/.test(of) ||
  (/httpapiRole/.test(of) && (action.startsWith('s3:') || resource.endsWith(':relay-local-alerts')));

export const acknowledged: readonly Acknowledgement[] = [
  {
    complaints: ['is for any resource'],
    covers: ({ resource }) => /^arn:aws:logs:[^*]+:log-group:[^*]+:\*$/.test(resource),
    reason: 'Of one log group; Lambda makes up the names of its streams, one for each execution environment.',
  },
  {
    complaints: ['is for any resource'],
    covers: ({ of, resource }) => isKey(of) && resource === '*',
    reason: "In a key's own policy * is that key.",
  },
  {
    complaints: ['is for any action', 'is needed by nothing that was seen'],
    covers: ({ of, action }) => isKey(of) && action === 'kms:*',
    reason:
      "Without it the account could never change the key's policy again, nor give rights by its roles' policies.",
  },
  {
    complaints: ['is needed by nothing that was seen'],
    covers: ({ of, action }) => of.includes('reconcilecosts') && action === 'secretsmanager:GetSecretValue',
    reason:
      "Only providers' usage APIs ask for an admin key, and stage local reconciles with its model server's record instead.",
  },
  {
    complaints: ['is needed by nothing that was seen', 'is for any resource'],
    covers: ofRightsOfPersons,
    reason:
      'The rights of persons are being built; the drill every-grant does not put their doors to work yet.',
    pending: true,
  },
];

const isKey = (arn: string): boolean => arn.startsWith('arn:aws:kms:');
