import { type Credentials, presignedUrl } from '../aws/sign.ts';
import { AWS_TIMEOUT_MS } from '../aws-client.ts';
import { withRetries } from '../retry.ts';

/** Where exports lie for a few days. All of it is safe to repeat. */
export type ExportBucket = {
  put(key: string, body: string): Promise<void>;
  /** All keys that begin so. */
  list(prefix: string): Promise<readonly string[]>;
  remove(key: string): Promise<void>;
  /** By which whoever has it may fetch the object for so many seconds. */
  link(key: string, seconds: number): string;
};

type Options = {
  bucket: string;
  region: string;
  /** Of an emulator; AWS's own, if there is none. */
  endpoint: string | undefined;
  credentials: Credentials;
  /** ms since 1970. */
  now(): number;
};

/** Our own calls are made at once. */
const CALL_SECONDS = 60;

/** Work in the background can wait. In ms. */
const RETRY_MS = 10_000;

/** An object of some MB takes longer than a call of another service. */
const PUT_TIMEOUT_MS = 10 * AWS_TIMEOUT_MS;

export const createExportBucket = (options: Options): ExportBucket => {
  const urlOf = (key: string): URL => {
    const { bucket, region, endpoint } = options;
    const base =
      endpoint === undefined ? `https://${bucket}.s3.${region}.amazonaws.com` : `${endpoint}/${bucket}`;
    return new URL(`${base}/${key}`);
  };
  const sign = (method: 'DELETE' | 'GET' | 'PUT', url: URL, expiresSeconds: number) =>
    presignedUrl({
      method,
      url,
      expiresSeconds,
      region: options.region,
      credentials: options.credentials,
      nowMs: options.now(),
    });
  const call = (method: 'DELETE' | 'GET' | 'PUT', url: URL, body?: string): Promise<string> =>
    withRetries(RETRY_MS, async () => {
      const signal = AbortSignal.timeout(PUT_TIMEOUT_MS);
      const response = await fetch(sign(method, url, CALL_SECONDS), {
        method,
        signal,
        ...(body !== undefined && { body }),
      });
      const text = await response.text();
      if (!response.ok) throw failure(method, response.status);
      return text;
    });
  return {
    put: async (key, body) => void (await call('PUT', urlOf(key), body)),
    list: async (prefix) => {
      const keys: string[] = [];
      let from: string | undefined;
      do {
        const page = await call(
          'GET',
          withQuery(urlOf(''), { 'list-type': '2', prefix, ...(from && { 'continuation-token': from }) }),
        );
        keys.push(...textsOf(page, 'Key'));
        [from] = textsOf(page, 'NextContinuationToken');
      } while (from !== undefined);
      return keys;
    },
    remove: async (key) => void (await call('DELETE', urlOf(key))),
    link: (key, seconds) => sign('GET', urlOf(key), seconds),
  };
};

const withQuery = (url: URL, query: Record<string, string>): URL => {
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
};

/** Keys are made of letters, digits and `/`, so that nothing of them is escaped. */
const textsOf = (xml: string, tag: string): string[] =>
  [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map(([, text = '']) => text);

/** What S3 says in its page may quote the key. */
const failure = (method: string, status: number): Error =>
  Object.assign(new Error(`S3 answered ${status} to a ${method}`), { $metadata: { httpStatusCode: status } });
