// Runs in the worker thread of an execution environment.
import dns from 'node:dns/promises';
import { syncBuiltinESMExports } from 'node:module';
import { isIPv4 } from 'node:net';

/** A host that resolves as it is told: each look-up finds the next list of addresses, and the last one stays. */
export type ToldName = { host: string; lookUps: readonly (readonly string[])[] };

/** Answers look-ups of that host by `dns.promises.lookup` in this thread; all other hosts are the system's. */
export const tellName = (told: ToldName | undefined): void => {
  if (told === undefined) return;
  const { lookup } = dns;
  let count = 0;
  const answer = async (host: string, options: object): Promise<unknown> => {
    if (host !== told.host) return lookup(host, options);
    const found = told.lookUps[Math.min(count, told.lookUps.length - 1)] ?? [];
    count += 1;
    return found.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 }));
  };
  Object.assign(dns, { lookup: answer });
  syncBuiltinESMExports(); // for modules that import it by name
};
