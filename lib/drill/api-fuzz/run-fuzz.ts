import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { pause } from '../../local/sample/pause.ts';
import { defaultCatalogue } from '../../pipeline/model/default-catalogue.ts';
import { createLimiter } from '../../runtime/limiter.ts';
import { readDocument } from './document.ts';
import { type Asker, type FuzzRequest, requestsFor } from './fuzz-request.ts';
import { createJudge, type FuzzAnswer } from './judge-answer.ts';

export type FuzzOptions = {
  apiUrl: string;
  tokens: Readonly<Record<Exclude<Asker, 'nobody'>, string>>;
  requests: number;
  seed: number;
  /** Now, in ms since 1970: deadlines lie around it. */
  nowMs: number;
  signal: AbortSignal;
  say(line: string): void;
};

/** What came of a run. `faults` has a few of the answers that are wrong, with the requests that they were given to. */
export type FuzzReport = {
  answers: number;
  byStatus: ReadonlyMap<number, number>;
  /** Operations that have answered every request with a refusal. */
  neverSucceeded: readonly string[];
  wrong: number;
  faults: readonly string[];
};

/** Requests under way: as many as the function has environments. */
const AT_ONCE = 16;

/** Requests that are made up at a time. */
const CHUNK = 500;

const MOST_FAULTS = 10;

/** Sends what the document describes, and what it does not, and judges every answer by the document. */
export const runFuzz = async (options: FuzzOptions): Promise<FuzzReport> => {
  const document = readDocument();
  const judge = createJudge(document);
  const around = { schemas: document.schemas, nowMs: options.nowMs, names: { model: modelIds } };
  const links = createLinks();
  const { operations } = document;
  const requests = fc.oneof(
    ...operations.map((operation) => ({
      arbitrary: requestsFor(operation, around),
      weight: 1 + operation.parameters.length + (operation.requestBody ? 4 : 0),
    })),
  );
  const tally = createTally(operations.map(({ operationId }) => operationId));
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const limit = createLimiter(AT_ONCE);
  const ask = createAsk(agent, options);
  try {
    for (let sent = 0; sent < options.requests; sent += CHUNK) {
      const numRuns = Math.min(CHUNK, options.requests - sent);
      const chunk = fc.sample(requests, { seed: options.seed + sent, numRuns });
      await Promise.all(
        chunk.map((request) =>
          limit(async () => {
            options.signal.throwIfAborted();
            const target = links.followedBy(request);
            const answer = await ask({ ...request, target });
            links.show(answer);
            tally.add({ ...request, target }, answer, judge(request, answer));
          }),
        ),
      );
      options.say(`${sent + numRuns} of ${options.requests} requests, ${tally.report().wrong} answers wrong`);
    }
  } finally {
    agent.destroy();
  }
  return tally.report();
};

/** Those whose circuits may be held. */
const modelIds = Object.values(defaultCatalogue).flatMap(({ offers }) =>
  offers.map(({ modelId }) => modelId),
);

/** Links that are remembered of each kind of thing. */
const MOST_LINKS = 50;

/** What answers have shown, by what it belongs to, so that requests meet what is there. */
const createLinks = () => {
  const shown = new Map<string, string[]>();
  return {
    show: ({ status, body }: FuzzAnswer) => {
      if (status >= 300) return;
      for (const [, link = ''] of body.matchAll(/"(?:self|retry)":"([^"]+)"/g)) {
        const kind = link.replace(/^(\/v1\/.*?)[^/]+(\/retry)?$/, '$1{}$2');
        shown.set(kind, [...(shown.get(kind) ?? []), link].slice(-MOST_LINKS));
      }
    },
    followedBy: ({ operation, follow, target }: FuzzRequest): string => {
      const fitting = shown.get(operation.path.replace(/\{\w+\}/, '{}')) ?? [];
      return (follow === undefined ? undefined : fitting[follow % fitting.length]) ?? target;
    },
  };
};

const createTally = (operationIds: readonly string[]) => {
  const byStatus = new Map<number, number>();
  const neverSucceeded = new Set(operationIds);
  const faults: string[] = [];
  let wrong = 0;
  let answers = 0;
  const add = (request: FuzzRequest, { status, body }: FuzzAnswer, fault: string | undefined) => {
    answers += 1;
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    if (status < 300) neverSucceeded.delete(request.operation.operationId);
    if (fault === undefined) return;
    wrong += 1;
    if (faults.length < MOST_FAULTS)
      faults.push(`${describe(request)}: the answer ${fault}: ${body.slice(0, 300)}`);
  };
  return { add, report: () => ({ answers, byStatus, neverSucceeded: [...neverSucceeded], wrong, faults }) };
};

/** Enough to send it again by hand. */
const describe = ({ operation, nearness, asker, target, headers, body }: FuzzRequest): string =>
  `${operation.method} ${target.slice(0, 300)} (${nearness}, by ${asker}, ${JSON.stringify(headers)}) ${body?.toString('latin1').slice(0, 500) ?? ''}`;

/** How often a machine that is too busy may say so: whatever is wrong with the request is wrong with it each time. */
const MOST_TRIES = 6;

type Ask = (request: FuzzRequest) => Promise<FuzzAnswer>;

/** Those that are asked again wait for each other, which is what a busy machine needs. */
const createAsk = (agent: Agent, options: FuzzOptions): Ask => {
  const again = createLimiter(1);
  const askPatiently = async (request: FuzzRequest, refusal: FuzzAnswer): Promise<FuzzAnswer> => {
    let answer = refusal;
    for (let tries = 1; tries < MOST_TRIES && answer.status === 503; tries += 1) {
      await pause(Number(answer.headers['retry-after'] ?? 1) * 1_000, options.signal);
      answer = await send(agent, options, request);
    }
    return answer;
  };
  return async (request) => {
    const answer = await send(agent, options, request);
    return answer.status === 503 ? again(() => askPatiently(request, answer)) : answer;
  };
};

const send = async (
  agent: Agent,
  { apiUrl, tokens }: FuzzOptions,
  request: FuzzRequest,
): Promise<FuzzAnswer> => {
  const { hostname, port } = new URL(apiUrl);
  const { promise, resolve, reject } = Promise.withResolvers<FuzzAnswer>();
  const { operation, asker, target, headers, body } = request;
  const outgoing = httpRequest({
    agent,
    hostname,
    port,
    method: operation.method,
    path: target,
    headers: {
      ...headers,
      ...(asker !== 'nobody' && { authorization: `Bearer ${tokens[asker]}` }),
      ...(body && { 'content-length': body.byteLength }),
    },
  });
  outgoing.once('error', reject);
  outgoing.once('response', (response) => {
    text(response).then(
      (received) =>
        resolve({ status: response.statusCode ?? 0, headers: textsIn(response.headers), body: received }),
      reject,
    );
  });
  outgoing.end(body);
  return promise;
};

const textsIn = (headers: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
