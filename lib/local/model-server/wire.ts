import type { IncomingHttpHeaders } from 'node:http';
import type { ProviderName, Usage } from '../../pipeline/model.ts';

/** What the model server reads out of a request, whichever format it came in. */
export type ModelCall = {
  model: string;
  /** Characters of instructions and turns together. */
  inputChars: number;
  /** Characters from the start that the provider may read from its prompt cache. */
  cacheableChars: number;
  lastUserText: string;
  /** Undefined when the model does not reason. */
  effort: string | undefined;
  maxOutputTokens: number | undefined;
  /** The tier that will be served, in the provider's own word. */
  servedTier: string;
};

/** What the model brought forth. */
export type Completion = {
  id: string;
  ending: 'complete' | 'incomplete' | 'refused';
  text: string;
  usage: Usage;
};

export type WireError = { status: number; code: string; message: string };

/** One provider's format as its server speaks it. */
export type ServerWire = {
  provider: ProviderName;
  isAuthenticated(headers: IncomingHttpHeaders): boolean;
  /** Undefined for a request that the provider would not understand. */
  read(body: unknown): ModelCall | undefined;
  write(call: ModelCall, completion: Completion): object;
  writeError(error: WireError): object;
  /** How this provider turns a key down. */
  keyError: Omit<WireError, 'message'>;
  /** How this provider says that the account has no money left. */
  moneyError: Omit<WireError, 'message'>;
};
