import { createHash, createHmac } from 'node:crypto';

export type SigningKey = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

type Call = {
  method: 'DELETE' | 'GET' | 'PUT';
  /** With the query of the call itself, if it has one. */
  url: URL;
  region: string;
  key: SigningKey;
  nowMs: number;
  expiresSeconds: number;
};

/**
 * A URL of S3 by which whoever has it may make this one call, until it expires: Signature Version 4 in the query
 * (S3 API reference, "Authenticating Requests: Using Query Parameters"). A client of the SDK would be ten times as long.
 */
export const presignedUrl = ({ method, url, region, key, nowMs, expiresSeconds }: Call): string => {
  const at = new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const scope = `${at.slice(0, 8)}/${region}/s3/aws4_request`;
  const query = queryOf(url, {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${key.accessKeyId}/${scope}`,
    'X-Amz-Date': at,
    'X-Amz-Expires': String(expiresSeconds),
    ...(key.sessionToken !== undefined && { 'X-Amz-Security-Token': key.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  });
  const canonical = [method, url.pathname, query, `host:${url.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join(
    '\n',
  );
  const toSign = ['AWS4-HMAC-SHA256', at, scope, sha256Hex(canonical)].join('\n');
  const signature = hmac(signingKey(key, scope), toSign).toString('hex');
  return `${url.origin}${url.pathname}?${query}&X-Amz-Signature=${signature}`;
};

const queryOf = (url: URL, added: Record<string, string>): string =>
  [...url.searchParams, ...Object.entries(added)]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .toSorted()
    .join('&');

/** As AWS wants it: all but letters, digits, `-`, `.`, `_` and `~`. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const signingKey = ({ secretAccessKey }: SigningKey, scope: string): Buffer =>
  scope.split('/').reduce<Buffer>((made, part) => hmac(made, part), Buffer.from(`AWS4${secretAccessKey}`));

const hmac = (secret: Buffer, text: string): Buffer => createHmac('sha256', secret).update(text).digest();

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
