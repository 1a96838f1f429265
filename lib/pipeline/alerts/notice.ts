import * as z from 'zod/mini';
import { alertSchema } from './alert.ts';

/** Why a notice comes now. `more`: others have joined what was told before. */
const noticeReasons = ['new', 'more', 'repeat', 'resolved'] as const;

const { name, severity, labels } = alertSchema.shape;

/** What a person is told of a group: numbers, names and words of ours. */
export const noticeSchema = z.object({
  /** The same for the same notice, should it come twice. */
  id: z.string(),
  reason: z.enum(noticeReasons),
  name,
  severity,
  labels,
  /** Members that fire now; members resolved, and alerts received, since the last notice. */
  counts: z.object({ firing: z.int(), resolved: z.int(), received: z.int() }),
  /** Of what the group has been told since it opened, in ms since 1970. */
  firstAtMs: z.number(),
  lastAtMs: z.number(),
  lanes: z.array(z.string()),
  /** Labels of the first members that fire, or of those that did. */
  members: z.array(labels),
  /** Members that are not listed. */
  more: z.int(),
  action: z.string(),
  runbook: z.string(),
});

export type Notice = z.infer<typeof noticeSchema>;
export type NoticeReason = Notice['reason'];
