import type { LookupAddress } from 'node:dns';
import type { TryResult } from '../../pipeline/webhooks/try.ts';
import { isLoopback, isPublic } from './public-address.ts';

/** Every address of a host, as the system's resolver has them. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** Whom a try calls: the address is fixed, whatever the name comes to a moment later. */
export type Target = { kind: 'target'; url: URL; address: LookupAddress };

type Refused = Extract<TryResult, { kind: 'refused' }>;

export type TargetRules = {
  resolve: Resolve;
  /** Whether this machine may be called too, by HTTP and at any port: on a developer's machine, nowhere else. */
  toThisMachine: boolean;
};

/** `URL` leaves out the port of its scheme. */
const PORTS = new Set(['', '8443']);

/** Looks a URL's host up, once, and refuses if one of its addresses is not public. Rejects when there is no such host. */
export const findTarget = async (
  text: string,
  { resolve, toThisMachine }: TargetRules,
): Promise<Target | Refused> => {
  const url = URL.parse(text);
  const isAllowed = url !== null && isHttps(url);
  if (url === null || !(isAllowed || (toThisMachine && isHttp(url))))
    return { kind: 'refused', reason: 'url-not-allowed' };
  const addresses = await resolve(url.hostname.replace(/^\[|\]$/g, ''));
  const [address] = addresses.toSorted((one, other) => one.family - other.family); // Lambda has a way out by IPv4
  if (toThisMachine && address !== undefined && addresses.every((it) => isLoopback(it.address)))
    return { kind: 'target', url, address };
  if (!isAllowed) return { kind: 'refused', reason: 'url-not-allowed' };
  if (address === undefined || !addresses.every((it) => isPublic(it.address)))
    return { kind: 'refused', reason: 'address-not-public' };
  return { kind: 'target', url, address };
};

const isHttps = ({ protocol, port, username, password }: URL): boolean =>
  protocol === 'https:' && PORTS.has(port) && username === '' && password === '';

const isHttp = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';
