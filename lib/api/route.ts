import type * as z from 'zod/mini';
import type { Problem, ProblemName } from './problem.ts';
import type { Caller, Scope } from './scope.ts';

type Shape = z.ZodMiniObject<Record<string, z.ZodMiniType>>;

/** A list of a body as CSV. A column that its rows do not have is the body's own: a file stands alone. */
export type CsvSpec = { list: string; columns: readonly string[] };

/** An answer that is no problem: its JSON body, and what of it may be had as CSV. */
export type AnswerSpec = { description: string; body: z.ZodMiniType; csv?: CsvSpec };

/** What endpoints are about, in the order of the document's page. */
export const tags = {
  jobs: 'Submit jobs, read what became of them, cancel them, run them again.',
  operations: 'For the person on call: lanes, circuits, alerts.',
  money: 'What models have cost.',
  privacy: 'The rights of the persons whose data jobs hold.',
  about: 'What is there.',
} as const;

type Tag = keyof typeof tags;

/** One endpoint, declared once: the stack, the handler, the OpenAPI document and the client all read it here. */
export type RouteSpec = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: `/v1/${string}`;
  /** What the document and its page group the route under. */
  tag: Tag;
  summary: string;
  description?: string;
  /** Any one of them opens the route; without one it is open to everybody. */
  scopes: readonly Scope[];
  /** Path parameters, texts as the URL has them. */
  params?: Shape;
  /** Query parameters, texts as the URL has them; unknown ones are refused. */
  query?: Shape;
  /** Headers that mean something to this route, in lower case. */
  headers?: Shape;
  body?: z.ZodMiniType;
  /** A body that the document shows. */
  example?: object;
  /** What the document shows in place of `body`, where parts of that are parsed one by one. */
  documentedBody?: z.ZodMiniType;
  /** Two requests may do it twice: a client sends it once, and leaves it to a person to send it again. */
  once?: true;
  /** The largest body, in UTF-8 bytes. */
  maxBodyBytes?: number;
  answers: Readonly<Record<number, AnswerSpec>>;
  /** Beside those that every route may have. */
  problems: readonly ProblemName[];
};

type PartOf<Spec, Part extends string> =
  Spec extends Record<Part, infer Schema extends z.ZodMiniType> ? z.output<Schema> : undefined;

/** What an operation is given: every part parsed by the schema of its route. */
export type RequestOf<Spec extends RouteSpec> = {
  params: PartOf<Spec, 'params'>;
  query: PartOf<Spec, 'query'>;
  headers: PartOf<Spec, 'headers'>;
  body: PartOf<Spec, 'body'>;
  caller: Spec['scopes'] extends readonly [] ? undefined : Caller;
  /** W3C trace context of the caller, if it sent one. */
  traceparent: string | undefined;
  /** Names this request in logs. */
  requestId: string;
  /** What Lambda has left for this request, in ms. */
  remainingMs(): number;
};

/** One of the answers of a route, with the body that goes with its status. */
export type AnswerOf<Spec extends RouteSpec> = {
  [Status in keyof Spec['answers'] & number]: {
    kind: 'answer';
    status: Status;
    body: z.input<Spec['answers'][Status]['body']>;
    headers?: Readonly<Record<string, string>>;
  };
}[keyof Spec['answers'] & number];

/** What a route does. It rejects when a part of Relay fails, and nothing of the request is in the error. */
export type Operation<Spec extends RouteSpec> = (
  request: RequestOf<Spec>,
) => Promise<AnswerOf<Spec> | Problem>;
