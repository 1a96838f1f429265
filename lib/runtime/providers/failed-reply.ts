import {
  EMPTY_ANSWER,
  type ModelFailure,
  type ModelReply,
  type ServiceTier,
  type Usage,
} from '../../pipeline/model/model.ts';

/** What a reply says of its price. Read apart from the answer, because failures are billed too. */
export type Billing = { usage?: Usage; servedTier?: ServiceTier | 'unknown' };

export const failedReply = (kind: ModelFailure['kind'], code: string, billing: Billing = {}): ModelReply => ({
  kind: 'failure',
  failure: { kind, code },
  ...billing,
});

/** The provider answered with something that its API does not document, or that Relay did not ask for. */
export const malformedReply = (billing: Billing = {}): ModelReply =>
  failedReply('transient', 'malformed-reply', billing);

/** A complete reply without a word in it: billed, and nothing to send to anybody. */
export const emptyAnswer = (billing: Billing): ModelReply => failedReply('transient', EMPTY_ANSWER, billing);

/** The model itself declined. Nobody else is asked, whatever became of the rest of the reply. */
export const modelRefused = (billing: Billing = {}): ModelReply =>
  failedReply('refused', 'model-refused', billing);
