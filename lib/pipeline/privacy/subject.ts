import type { JobMessage } from '../job/job-message.ts';
import type { subjectKinds } from './privacy-request.ts';

/** Somebody whose data jobs hold. `ref`: as jobs carry it in `subjectRefs`, a `creatorId`, or the tenant's own id. */
export type Subject = { tenantId: string; kind: (typeof subjectKinds)[number]; ref: string };

/** Everybody whose data one job holds; each of them, and the tenant itself, may have it erased. */
export type Subjects = Pick<JobMessage, 'tenantId' | 'creatorId' | 'subjectRefs'>;

/** What is known of a subject besides its key. */
export type SubjectMarks = {
  /** When its data was last erased: what was accepted by then is gone, what comes later is new. */
  erasedAtMs?: number;
  /** Since when its data may be kept and not processed, because it has asked for that or objected. */
  restrictedAtMs?: number;
};

/** Whether a job of its subjects may be processed. */
export type SubjectStanding = 'clear' | 'restricted' | 'erased';

/** The rule of the fence, for content that was accepted at that time. */
export const standingOf = (marks: readonly SubjectMarks[], acceptedAtMs: number): SubjectStanding => {
  if (marks.some(({ erasedAtMs }) => erasedAtMs !== undefined && acceptedAtMs <= erasedAtMs)) return 'erased';
  return marks.some(({ restrictedAtMs }) => restrictedAtMs !== undefined) ? 'restricted' : 'clear';
};

/** The subjects one by one, each once, the tenant first. */
export const eachSubject = ({ tenantId, creatorId, subjectRefs }: Subjects): [Subject, ...Subject[]] => [
  { tenantId, kind: 'tenant', ref: tenantId },
  { tenantId, kind: 'creator', ref: creatorId },
  ...[...new Set(subjectRefs)].map((ref) => ({ tenantId, kind: 'fan' as const, ref })),
];

/** Whether a job or a message of these subjects holds data of this one. */
export const isAbout = ({ tenantId, kind, ref }: Subject, subjects: Subjects): boolean => {
  if (subjects.tenantId !== tenantId) return false;
  switch (kind) {
    case 'fan':
      return subjects.subjectRefs.includes(ref);
    case 'creator':
      return subjects.creatorId === ref;
    case 'tenant':
      return true;
  }
};
