import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Callers, DenialOf, OnRequest } from '../aws-request.ts';
import { type LoopbackServer, startLoopbackServer } from '../loopback-server.ts';

/** S3, as far as functions need it: objects that are put, got, listed and deleted by presigned URLs. */
export type S3 = LoopbackServer & { createBucket(name: string): void };

export type S3Options = {
  callers: Callers;
  onRequest: OnRequest;
  /** Without it, everybody may do everything. */
  denialOf?: DenialOf;
};

/** Keys of one page. */
const MAX_LISTED = 1_000;

/** A week, in seconds. */
const LONGEST_LINK_SECONDS = 604_800;

type Reply = { status: number; body: string | Buffer };
type Objects = Map<string, Buffer>;

/** Objects live in memory. Signatures are not verified, as nowhere here; that a URL has expired is. */
export const startS3 = async ({ callers, onRequest, denialOf }: S3Options): Promise<S3> => {
  const buckets = new Map<string, Objects>();
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const refused = refusalOf(url, Date.now());
    if (refused !== undefined) return refused;
    const [, bucket = '', ...path] = url.pathname.split('/');
    const objects = buckets.get(bucket);
    if (objects === undefined) return failed(404, 'NoSuchBucket');
    const caller = callers.identify(`Credential=${url.searchParams.get('X-Amz-Credential')}`);
    const key = decodeURIComponent(path.join('/'));
    const action = actionOf(request.method, key);
    if (action === undefined) return failed(501, 'NotImplemented');
    const made = { service: 's3' as const, action, caller };
    onRequest(made);
    if ((await denialOf?.(made, { bucket, key })) !== undefined) return failed(403, 'AccessDenied');
    return actions[action](objects, key, { request, url });
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answer(request);
    response.writeHead(status);
    response.end(body);
  };
  const server = await startLoopbackServer(0, (request, response) => void respond(request, response));
  return { ...server, createBucket: (name) => void buckets.set(name, new Map()) };
};

const actionOf = (method: string | undefined, key: string): keyof typeof actions | undefined => {
  if (method === 'GET') return key === '' ? 'ListObjectsV2' : 'GetObject';
  if (key === '') return undefined;
  return method === 'PUT' ? 'PutObject' : method === 'DELETE' ? 'DeleteObject' : undefined;
};

type Asked = { request: IncomingMessage; url: URL };

const actions = {
  PutObject: async (objects: Objects, key: string, { request }: Asked): Promise<Reply> => {
    objects.set(key, await buffer(request));
    return { status: 200, body: '' };
  },
  GetObject: async (objects: Objects, key: string): Promise<Reply> => {
    const body = objects.get(key);
    return body === undefined ? failed(404, 'NoSuchKey') : { status: 200, body };
  },
  DeleteObject: async (objects: Objects, key: string): Promise<Reply> => {
    objects.delete(key);
    return { status: 204, body: '' };
  },
  ListObjectsV2: async (objects: Objects, _key: string, { url }: Asked): Promise<Reply> => {
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = Buffer.from(url.searchParams.get('continuation-token') ?? '', 'base64').toString();
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted();
    const page = keys.slice(0, MAX_LISTED);
    const contents = page.map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
    const isTruncated = page.length < keys.length;
    const token = Buffer.from(page.at(-1) ?? '').toString('base64');
    const next = isTruncated ? `<NextContinuationToken>${token}</NextContinuationToken>` : '';
    const body = `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents}${next}</ListBucketResult>`;
    return { status: 200, body };
  },
};

const failed = (status: number, code: string): Reply => ({
  status,
  body: `<Error><Code>${code}</Code></Error>`,
});

const refusalOf = ({ searchParams }: URL, nowMs: number): Reply | undefined => {
  const signedAt = searchParams.get('X-Amz-Date');
  if (signedAt === null || !searchParams.has('X-Amz-Signature')) return failed(403, 'AccessDenied');
  const at = signedAt.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const seconds = Number(searchParams.get('X-Amz-Expires'));
  if (seconds > LONGEST_LINK_SECONDS) return failed(400, 'AuthorizationQueryParametersError');
  const untilMs = Date.parse(at) + seconds * 1000;
  return nowMs <= untilMs ? undefined : failed(403, 'AccessDenied'); // also when an instant is none
};
