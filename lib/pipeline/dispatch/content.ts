import { fromBase64, toBase64 } from '../base64.ts';
import type { Ending, FailureReason, Job, ReceivedJob } from '../job/job.ts';
import type { Metadata } from '../job/job-message.ts';
import {
  joinMessage,
  type OpenedMessage,
  readMetadata,
  type SealedMessage,
  splitMessage,
} from '../job/sealed-message.ts';
import type { ContentPlace, KeptContent, KeyRing, SealingRing } from '../ports.ts';

/** Where the content of a job lies, as far as its seal says: a message is the same in a lane and on its row. */
export const placeOf = (
  what: 'message' | 'metadata' | 'answer',
  { jobId, tenantId }: { jobId: string; tenantId: string },
): ContentPlace => ({ what, tenantId, id: jobId });

const keyOf = ({ jobId, message }: Pick<ReceivedJob, 'jobId' | 'message'>) => ({
  jobId,
  tenantId: message.tenantId,
});

/** The message of a job as Relay puts it into a lane and keeps it. */
export const sealMessage = (ring: SealingRing, job: Pick<Job, 'jobId' | 'message'>): SealedMessage => {
  const { open, content } = splitMessage({ ...job.message, jobId: job.jobId });
  const { metadata, sealedMetadata = metadata && toBase64(sealMetadata(ring, job, metadata)) } = job.message;
  return {
    ...open,
    sealed: toBase64(ring.seal(placeOf('message', keyOf(job)), content)),
    ...(sealedMetadata !== undefined && { sealedMetadata }),
  };
};

/** Done once, by whoever first has the keys: what is sealed already is carried on as it is. */
const sealMetadata = (
  ring: SealingRing,
  job: Pick<Job, 'jobId' | 'message'>,
  metadata: Metadata,
): Uint8Array => ring.seal(placeOf('metadata', keyOf(job)), JSON.stringify(metadata));

/** A job's metadata, if it can be read any more. */
export const openMetadata = (
  ring: KeyRing,
  job: { jobId: string; tenantId: string },
  sealed: Uint8Array,
): Metadata | undefined => {
  const opened = ring.open(placeOf('metadata', job), sealed);
  return opened.kind === 'erased' ? undefined : readMetadata(opened.text);
};

/** The job with its content, if that can be read any more. */
export const openJob = (ring: KeyRing, received: ReceivedJob): Job | undefined => {
  const message = openMessage(ring, received);
  return message && { ...received, message };
};

/** A job's message with its content, if that can be read any more. */
export const openMessage = (
  ring: KeyRing,
  { jobId, message }: Pick<ReceivedJob, 'jobId' | 'message'>,
): OpenedMessage | undefined => {
  if ('input' in message) return message;
  const opened = ring.open(placeOf('message', keyOf({ jobId, message })), fromBase64(message.sealed));
  return opened.kind === 'erased' ? undefined : joinMessage(message, opened.text);
};

/** Endings of content that must not have come, and that another run would not be allowed to read either. */
const keepsNothing: ReadonlySet<FailureReason> = new Set(['minor-risk', 'not-disclosed', 'no-consent']);

/** What may be kept of a job that has ended: an answer, or the message of one without, which may be run again. */
export const keptContent = (ring: SealingRing, job: Job, ending: Ending): KeptContent => {
  const { metadata } = job.message;
  if (metadata === undefined || ending.status === 'canceled') return keptOf(ring, job, ending);
  const sealedMetadata = sealMetadata(ring, job, metadata);
  const message = { ...job.message, sealedMetadata: toBase64(sealedMetadata) };
  return { ...keptOf(ring, { ...job, message }, ending), sealedMetadata };
};

const keptOf = (ring: SealingRing, job: Job, ending: Ending): KeptContent => {
  switch (ending.status) {
    case 'succeeded': {
      const { answer } = ending;
      return {
        answer: ring.seal(placeOf('answer', keyOf(job)), answer.text),
        // only a model's own: the age of a repeated one would never show
        ...(answer.source === 'model' && { answerKey: answerKeyOf(ring, job) }),
      };
    }
    case 'failed':
      if (keepsNothing.has(ending.reason)) return {};
      return { message: JSON.stringify(sealMessage(ring, job)) };
    case 'expired':
      return { message: JSON.stringify(sealMessage(ring, job)) };
    case 'canceled':
      return {};
  }
};

/** A creator by a name that tells whoever is without the tenant's key nothing; another one for each use of it. */
export const creatorName = (
  ring: SealingRing,
  use: 'starts' | 'prompt-cache',
  { message: { creatorId } }: Job,
): string => ring.fingerprint(JSON.stringify([use, creatorId]));

/** Names what was asked and for whom: words of one creator are never answered with those for another. */
export const answerKeyOf = (ring: SealingRing, { message: { creatorId, input } }: Job): string => {
  const turns = input.messages.map(({ role, content }) => [role, content]);
  return ring.fingerprint(JSON.stringify([creatorId, input.instructions ?? null, turns]));
};
