import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** IPv4 that is not everybody's (IANA, "IPv4 Special-Purpose Address Registry", and multicast). */
const special4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local; instance metadata is there
  '172.16.0.0/12',
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
];

/** Of IPv6 only what is given out to networks; all else is local, mapped, translated or reserved. */
const GIVEN_OUT_6 = '2000::/3';

/** And of that, what is not everybody's (IANA, "IPv6 Special-Purpose Address Registry"). */
const special6 = [
  '2001::/23', // protocol assignments: Teredo, benchmarking, ORCHID
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: any IPv4 address
  '3fff::/20', // documentation
];

const listOf = (networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
};

const special = { ipv4: listOf(special4, 'ipv4'), ipv6: listOf(special6, 'ipv6') };
const givenOut6 = listOf([GIVEN_OUT_6], 'ipv6');
const loopback = { ipv4: listOf(['127.0.0.0/8'], 'ipv4'), ipv6: listOf(['::1/128'], 'ipv6') };

/** An address with a zone (`fe80::1%eth0`) is of this machine's own links. */
const hasZone = (address: string): boolean => address.includes('%');

/** Whether an address is one that anybody on the internet may be called by. */
export const isPublic = (address: string): boolean => {
  if (isIPv4(address)) return !special.ipv4.check(address, 'ipv4');
  if (!isIPv6(address) || hasZone(address)) return false;
  return givenOut6.check(address, 'ipv6') && !special.ipv6.check(address, 'ipv6');
};

/** Whether an address is this machine. */
export const isLoopback = (address: string): boolean => {
  if (isIPv4(address)) return loopback.ipv4.check(address, 'ipv4');
  return isIPv6(address) && !hasZone(address) && loopback.ipv6.check(address, 'ipv6');
};
