import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined };

/** Where a signature holds, and on which day. */
type Scope = { region: string; service: string; time: string };

/** Adds to the headers of a POST to `/`, whose names are in lower case, those that sign it. */
export type Sign = (
  headers: Readonly<Record<string, string>>,
  body: string,
  nowMs: number,
) => Record<string, string>;

/**
 * Signature Version 4 (IAM User Guide, "Create a signed AWS API request"). The key of a day, which four HMACs make, is
 * remembered; the rest is done for every call.
 */
export const signerFor = (region: string, service: string, credentials: Credentials): Sign => {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  let kept: { day: string; key: KeyObject } | undefined;
  const keyOf = (scope: Scope): KeyObject => {
    const day = dayOf(scope);
    if (kept?.day !== day) kept = { day, key: signingKey(secretAccessKey, scope) };
    return kept.key;
  };
  let last: { second: number; scope: Scope } | undefined;
  const scopeAt = (nowMs: number): Scope => {
    const second = Math.floor(nowMs / 1000);
    if (last?.second !== second) last = { second, scope: { region, service, time: timeOf(nowMs) } };
    return last.scope;
  };
  return (given, body, nowMs) => {
    const scope = scopeAt(nowMs);
    const headers = {
      ...given,
      'x-amz-date': scope.time,
      ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
    };
    const { names, lines } = signedHeaders(headers);
    const canonical = `POST\n/\n\n${lines}\n${names}\n${hash('sha256', body)}`;
    const signature = signatureOf(keyOf(scope), scope, canonical);
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${nameOf(scope)}, SignedHeaders=${names}, Signature=${signature}`;
    return { ...headers, authorization };
  };
};

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** `20261126T120000Z`. */
const timeOf = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]|\.\d{3}/g, '');

const dayOf = ({ time }: Scope): string => time.slice(0, 8);

const nameOf = (scope: Scope): string => `${dayOf(scope)}/${scope.region}/${scope.service}/aws4_request`;

const signedHeaders = (headers: Readonly<Record<string, string>>) => {
  const names = Object.keys(headers).sort();
  return { names: names.join(';'), lines: names.map((name) => `${name}:${headers[name]}\n`).join('') };
};

const hmac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text);

const signingKey = (secret: string, scope: Scope): KeyObject => {
  const first = createSecretKey(`AWS4${secret}`, 'utf8');
  const parts = [dayOf(scope), scope.region, scope.service, 'aws4_request'];
  return parts.reduce((key, part) => createSecretKey(hmac(key, part).digest()), first);
};

const signatureOf = (key: KeyObject, scope: Scope, canonical: string): string =>
  hmac(key, `${ALGORITHM}\n${scope.time}\n${nameOf(scope)}\n${hash('sha256', canonical)}`).digest('hex');

type Call = {
  method: 'DELETE' | 'GET' | 'PUT';
  /** With the query of the call itself, if it has one. */
  url: URL;
  region: string;
  credentials: Credentials;
  nowMs: number;
  expiresSeconds: number;
};

/**
 * A URL of S3 by which whoever has it may make this one call, until it expires: the signature is in the query (S3 API
 * reference, "Authenticating Requests: Using Query Parameters").
 */
export const presignedUrl = ({ method, url, region, credentials, nowMs, expiresSeconds }: Call): string => {
  const scope = { region, service: 's3', time: timeOf(nowMs) };
  const { sessionToken } = credentials;
  const query = {
    ...Object.fromEntries(url.searchParams),
    'X-Amz-Algorithm': ALGORITHM,
    'X-Amz-Credential': `${credentials.accessKeyId}/${nameOf(scope)}`,
    'X-Amz-Date': scope.time,
    'X-Amz-Expires': String(expiresSeconds),
    'X-Amz-SignedHeaders': 'host',
    ...(sessionToken !== undefined && { 'X-Amz-Security-Token': sessionToken }),
  };
  const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const text = pairs.sort().join('&');
  const canonical = `${method}\n${url.pathname}\n${text}\nhost:${url.host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const signature = signatureOf(signingKey(credentials.secretAccessKey, scope), scope, canonical);
  return `${url.origin}${url.pathname}?${text}&X-Amz-Signature=${signature}`;
};

/** Stricter than `encodeURIComponent` (RFC 3986). */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
