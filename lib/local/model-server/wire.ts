import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderName, ServiceTier, Usage } from '../../pipeline/model/model.ts';

/** What the model server reads out of a request, whichever format it came in. */
export type ModelCall = {
  model: string;
  /** Characters of instructions and turns together. */
  inputChars: number;
  /** Characters from the start that the provider may read from its prompt cache. */
  cacheableChars: number;
  /** Whether what is put into the prompt cache is counted, since it is charged. */
  chargesCacheWrites: boolean;
  lastUserText: string;
  /** Undefined when the model does not reason. */
  effort: string | undefined;
  maxOutputTokens: number | undefined;
  /** The tier that was asked for, in Relay's word. */
  askedTier: ServiceTier;
  /** The tier that will be served, in the provider's own word. */
  servedTier: string;
  /** Whether the reply is asked for as Server-Sent Events. */
  isStreamed: boolean;
};

/** What the model brought forth. A `corrupt` one lacks what the API promises, a `failed` one broke off. */
export type Completion = {
  id: string;
  ending: 'complete' | 'incomplete' | 'refused' | 'corrupt' | 'failed';
  text: string;
  usage: Usage;
};

/** One Server-Sent Event. */
export type SseEvent = { name: string; data: object };

/** A streamed reply, in the order in which its parts are sent. */
export type StreamScript = {
  /** The first sign of life, before any thinking. */
  opening: SseEvent[];
  /** Ends the thinking and begins the text. */
  textStart: SseEvent[];
  deltas: SseEvent[];
  textEnd: SseEvent[];
  /** Says how the reply ended, and what it cost. */
  ending: SseEvent;
  /** Says no more than that the stream is over. */
  after: SseEvent[];
};

export type WireError = {
  status: number;
  code: string;
  message: string;
  /** The field of the request that is to blame. */
  param?: string;
  retryAfterSeconds?: number | undefined;
};

/** An error that this provider words in its own way. */
export type ErrorName = 'credentials' | 'money' | 'rate' | 'overload';

/** One provider's format as its server speaks it. */
export type ServerWire = {
  provider: ProviderName;
  isAuthenticated(headers: IncomingHttpHeaders): boolean;
  /** Undefined for a request that the provider would not understand. */
  read(body: unknown): ModelCall | undefined;
  /** Why the provider turns away a request that it understands. */
  refuse?(call: ModelCall): WireError | undefined;
  /** The reply as one body. */
  write(call: ModelCall, completion: Completion): object;
  /** The same reply as a stream, its text in these pieces. */
  stream(call: ModelCall, completion: Completion, pieces: string[]): StreamScript;
  writeError(error: WireError): object;
  errors: Record<ErrorName, Omit<WireError, 'message'>>;
  /** The provider's own words for the tiers that it may serve. */
  tierNames: Record<ServiceTier, string>;
};
