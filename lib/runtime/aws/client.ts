import aws4 from 'aws4';
import { type ClientSettings, type Place, placeOf } from './place.ts';
import { createPost, type Post, type Reply } from './post.ts';

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
  readonly #service: string;
  readonly #protocol: Protocol;
  readonly #place: Place;
  readonly #post: Post;

  /** `service`: as it is called in addresses and signatures. */
  constructor(service: string, protocol: Protocol, settings: ClientSettings) {
    this.#service = service;
    this.#protocol = protocol;
    this.#place = placeOf(service, settings, process.env);
    this.#post = createPost(this.#place.endpoint, settings.requestHandler.connectionTimeout);
  }

  /** Answers what the SDK does, without `$metadata`; rejects with the service's error, or the connection's. */
  async send(command: Command, { abortSignal }: { abortSignal?: AbortSignal } = {}): Promise<object> {
    const { headers, body } = this.#protocol.write(command);
    const signed = this.#signed({ ...headers, ...traced() }, body);
    return this.#protocol.read(await this.#post({ headers: signed, body, signal: abortSignal }));
  }

  #signed(headers: Record<string, string>, body: string) {
    const { endpoint, region, credentials } = this.#place;
    const request = {
      service: this.#service,
      region,
      host: endpoint.host,
      method: 'POST',
      path: '/',
      headers,
      body,
    };
    return aws4.sign(request, credentials).headers ?? {};
  }
}

/** By this header AWS tells functions and queues that feed each other in a circle, and ends it. */
const traced = (): Record<string, string> => {
  const trace = process.env._X_AMZN_TRACE_ID;
  return trace === undefined ? {} : { 'x-amzn-trace-id': trace };
};
