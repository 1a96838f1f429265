/** Logical models: what a job asks for. Which provider's model answers is the catalogue's business. */
export const modelNames = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'claude'] as const;
export type ModelName = (typeof modelNames)[number];

/** The processors (GDPR Art. 28) that may see a prompt. */
export const providerNames = ['azure-openai', 'openai', 'anthropic'] as const;
export type ProviderName = (typeof providerNames)[number];

export const reasoningEfforts = ['minimal', 'low', 'medium', 'high'] as const;
export type ReasoningEffort = (typeof reasoningEfforts)[number];

/** What the provider sells speed by. Names are Relay's; an adapter maps them to its provider's words. */
export const serviceTiers = ['priority', 'default', 'flex'] as const;
export type ServiceTier = (typeof serviceTiers)[number];

/** One turn of the conversation that the model continues. */
export type Turn = { role: 'user' | 'assistant'; content: string };

/** What is asked of a provider: everything but how to reach it. */
export type ModelRequest = {
  /** The provider's own id of the model. */
  modelId: string;
  /** Comes first in the prompt, whatever the provider: what stays the same from call to call is what it can cache. */
  instructions?: string;
  turns: readonly Turn[];
  effort?: ReasoningEffort;
  maxOutputTokens?: number;
  tier: ServiceTier;
  /** Whose prompts begin alike: a name that tells nobody who it is, of at most 64 characters (OpenAI's limit). */
  cacheGroup: string;
  /** W3C trace context, passed on as a header. */
  traceparent: string;
};

/** Tokens as the provider counted them. `inputTokens` includes the next two, `outputTokens` the reasoning ones. */
export type Usage = {
  inputTokens: number;
  /** Read from the provider's prompt cache. */
  cachedInputTokens: number;
  /** Put into it, where the provider charges for that. */
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
};

/**
 * A provider's reply, in terms that do not depend on the provider. A failure may have been billed: then it has usage.
 * An answer whose usage nobody can believe has none: it is priced by a guess, and not thrown away.
 */
export type ModelReply =
  | { kind: 'answer'; text: string; usage?: Usage | undefined; servedTier: ServiceTier | 'unknown' }
  | {
      kind: 'failure';
      failure: ModelFailure;
      usage?: Usage | undefined;
      servedTier?: ServiceTier | 'unknown';
      /** The provider turned the request away, or never got it: nothing is billed. */
      unbilled?: true;
    };

export const failureKinds = [
  'transient', // the provider stumbled: try once more, then another
  'throttled', // the provider asks to wait
  'money', // balance or spend limit exhausted: a person must act, another provider may answer
  'misconfigured', // key, permission, deployment or model id is wrong: a person must act, another may answer
  'refused', // the provider will not answer this content: final, and never shopped around
  'invalid', // the request cannot be answered as it stands: final
] as const;

/**
 * Why an attempt brought no answer, by what happens next. Decided once, in the provider's adapter, from the
 * provider's own error code and not from the HTTP status alone (an exhausted balance is a 429 too).
 */
export type ModelFailure = {
  kind: (typeof failureKinds)[number];
  /** Short kebab-case code for logs, metrics and results. Never a provider's sentence: those quote the prompt. */
  code: string;
  /** The least time to wait before the provider wants to hear from us again, in ms. */
  retryAfterMs?: number;
};

/** `retry`: the same rung may be asked once more; `go-on`: the next one is asked; `fail`: nobody else is asked. */
export type NextStep = 'retry' | 'go-on' | 'fail';

/** The one place where a failure becomes a decision. */
export const nextStep = (failure: ModelFailure): NextStep => {
  switch (failure.kind) {
    case 'transient':
      return isSilence(failure) || failure.code === EMPTY_ANSWER ? 'go-on' : 'retry';
    case 'throttled':
      return 'retry';
    case 'money':
    case 'misconfigured':
      return 'go-on';
    case 'refused':
    case 'invalid':
      return 'fail';
  }
};

/** Codes of calls that a limit has ended, set by the core: `own-timeout` is one that the job itself made short. */
export const limitCodes = ['silent', 'stalled', 'timeout', 'own-timeout'] as const;
export type LimitCode = (typeof limitCodes)[number];

/** A model that is well came to its end and wrote nothing. Asked the same again, it says the same for the same money. */
export const EMPTY_ANSWER = 'empty-answer';

/** A provider that said nothing once costs its whole limit again. */
const isSilence = ({ code }: ModelFailure): boolean => limitCodes.some((limitCode) => limitCode === code);
