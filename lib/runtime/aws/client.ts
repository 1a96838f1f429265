import { type ClientSettings, placeOf } from './place.ts';
import { createPost, type Post, type Reply } from './post.ts';
import { type Sign, signerFor } from './sign.ts';

export type Command = { operation: string; input: object };

/** How operations and their results are written, which differs between services. */
export type Protocol = {
  write(command: Command): { headers: Record<string, string>; body: string };
  /** The result in a reply; throws the error that is in it instead. */
  read(reply: Reply): object;
};

/** An operation as the SDK writes it: a class of commands, each of which holds what it asks for. */
export const operation = (name: string) =>
  class {
    readonly operation = name;
    readonly input: object;

    constructor(input: object) {
      this.input = input;
    }
  };

/**
 * Stands in for a client of the AWS SDK in what is bundled (lib/bundle-functions.ts): most of the CPU of the SDK's calls
 * goes into what Relay has no use for (docs/decisions/0031-a-lean-aws-client.md).
 */
export class Client {
  readonly #protocol: Protocol;
  readonly #host: string;
  readonly #sign: Sign;
  readonly #post: Post;

  /** `service`: as it is called in addresses and signatures. */
  constructor(service: string, protocol: Protocol, settings: ClientSettings) {
    const { endpoint, region, credentials } = placeOf(service, settings, process.env);
    this.#protocol = protocol;
    this.#host = endpoint.host;
    this.#sign = signerFor(region, service, credentials);
    this.#post = createPost(endpoint, settings.requestHandler.connectionTimeout);
  }

  /** Answers what the SDK does, without `$metadata`; rejects with the service's error, or the connection's. */
  async send(command: Command, { abortSignal }: { abortSignal?: AbortSignal } = {}): Promise<object> {
    const { headers, body } = this.#protocol.write(command);
    const signed = this.#sign({ ...headers, host: this.#host }, body, Date.now());
    const reply = await this.#post({ headers: { ...signed, ...traced() }, body, signal: abortSignal });
    return this.#protocol.read(reply);
  }
}

/** By this header, which nobody signs, AWS tells functions and queues that feed each other in a circle, and ends it. */
const traced = (): Record<string, string> => {
  const trace = process.env._X_AMZN_TRACE_ID;
  return trace === undefined ? {} : { 'x-amzn-trace-id': trace };
};
