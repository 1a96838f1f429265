import aws4 from 'aws4';
import { type ClientSettings, type Place, placeOf } from './place.ts';
import { createPost, type Post } from './post.ts';
import { type ErrorClass, serviceError } from './service-error.ts';

/** How a service of AWS is called over its JSON protocol. */
export type JsonService = {
  /** In signatures and addresses. */
  name: 'dynamodb' | 'kms' | 'secretsmanager' | 'sqs';
  /** What stands before an operation's name in `x-amz-target`. */
  target: string;
  version: '1.0' | '1.1';
  /** Members that are bytes, which JSON carries in base64. */
  bytes: ReadonlySet<string>;
  /** Errors that Relay tells from others by their class. */
  errors: Readonly<Record<string, ErrorClass>>;
};

type Command = { operation: string; input: object };

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
export class JsonClient {
  readonly #service: JsonService;
  readonly #place: Place;
  readonly #post: Post;

  constructor(service: JsonService, settings: ClientSettings) {
    this.#service = service;
    this.#place = placeOf(service.name, settings, process.env);
    this.#post = createPost(this.#place.endpoint, settings.requestHandler.connectionTimeout);
  }

  /** Answers what the SDK does, without `$metadata`; rejects with the service's error, or the connection's. */
  async send(command: Command, { abortSignal }: { abortSignal?: AbortSignal } = {}): Promise<object> {
    const reply = await this.#post({ ...this.#signed(command), signal: abortSignal });
    const read = () => readJson(reply.text, this.#service.bytes);
    if (reply.status >= 300) throw serviceError(reply, read, this.#service.errors);
    return read();
  }

  #signed({ operation: name, input }: Command) {
    const { target, version, name: service } = this.#service;
    const { endpoint, region, credentials } = this.#place;
    const body = JSON.stringify(input, bytesAsBase64);
    const { headers = {} } = aws4.sign(
      {
        service,
        region,
        host: endpoint.host,
        method: 'POST',
        path: '/',
        headers: {
          'content-type': `application/x-amz-json-${version}`,
          'x-amz-target': `${target}.${name}`,
          ...traced(),
        },
        body,
      },
      credentials,
    );
    return { headers, body };
  }
}

/** By this header AWS tells functions and queues that feed each other in a circle, and ends it. */
const traced = () => {
  const trace = process.env._X_AMZN_TRACE_ID;
  return trace === undefined ? {} : { 'x-amzn-trace-id': trace };
};

/** What JSON asks of a replacer: a Buffer has turned into something else by the time that it is given as `value`. */
function bytesAsBase64(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const held = this[key];
  return held instanceof Uint8Array ? Buffer.from(held).toString('base64') : value;
}

const readJson = (text: string, bytes: ReadonlySet<string>): object => {
  const fromBase64 = (key: string, value: unknown) => (bytes.has(key) ? bytesOf(value) : value);
  const mayHoldBytes = [...bytes].some((name) => text.includes(`"${name}"`)); // looking at every member costs more
  return text === '' ? {} : JSON.parse(text, mayHoldBytes ? fromBase64 : undefined);
};

/** An attribute of an item may itself be called `B`: it holds an object then. */
const bytesOf = (value: unknown): unknown => {
  if (typeof value === 'string') return Buffer.from(value, 'base64');
  return Array.isArray(value) ? value.map(bytesOf) : value;
};
