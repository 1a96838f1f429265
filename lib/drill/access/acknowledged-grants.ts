import type { Grant } from '../../local/cloud/iam/access.ts';

/** What there is to say against a grant. */
export type Complaint = 'is needed by nothing that was seen' | 'is for any action' | 'is for any resource';

/** What is said against some grants, and why they stay. */
export type Acknowledgement = {
  complaints: readonly Complaint[];
  covers(grant: Grant): boolean;
  reason: string;
};

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
    complaints: ['is for any resource'],
    covers: ({ resource }) => /^arn:aws:s3:::[^*/]+\/\*$/.test(resource),
    reason: 'Of one bucket; objects are named as they are written, and it has no others.',
  },
];

const isKey = (arn: string): boolean => arn.startsWith('arn:aws:kms:');
