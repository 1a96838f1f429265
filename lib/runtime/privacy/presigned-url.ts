import aws4 from 'aws4';

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
  const query = new URLSearchParams(url.search);
  query.set('X-Amz-Date', new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, ''));
  query.set('X-Amz-Expires', String(expiresSeconds));
  const { sessionToken, ...lasting } = key;
  const { path } = aws4.sign(
    { service: 's3', region, method, host: url.host, path: `${url.pathname}?${query}`, signQuery: true },
    sessionToken === undefined ? lasting : { ...lasting, sessionToken },
  );
  return `${url.origin}${path}`;
};
