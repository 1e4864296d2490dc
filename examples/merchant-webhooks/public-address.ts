import { Resolver } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Resolves a host name to its addresses. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const loopback = listOf(['127.0.0.0/8'], ['::1/128']);

/** IPv4 addresses that are not of the public internet: IANA's registry of special-purpose addresses, and multicast. */
const special = listOf(
  ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'].concat(
    ['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
    ['224.0.0.0/3'],
  ),
  // Within the public range: protocols of the IETF with Teredo, documentation, and 6to4, which contains an IPv4 address.
  ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
);

/** The public range of IPv6. Outside it are ::ffff:0:0/96 (IPv4-mapped), 64:ff9b::/96 (NAT64), fc00::/7 and fe80::/10. */
const publicIpv6 = listOf([], ['2000::/3']);

function listOf(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of [...ipv4, ...ipv6]) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether an endpoint may be at this address: over http only on loopback. Undefined: it is a name, not an address. */
export function mayConnect(hostname: string, protocol: string, allowLoopback: boolean): boolean | undefined {
  const address = hostname.replace(/^\[|\]$/g, '');
  const version = isIP(address);
  if (version === 0) return undefined;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (loopback.check(address, family)) return allowLoopback;
  if (protocol !== 'https:' || special.check(address, family)) return false;
  return version === 4 || publicIpv6.check(address, family);
}

/** Asks the name servers, at most three, for 12 s in total, outside of Node's four threads, which a server that hangs would block. */
const resolver = new Resolver({ timeout: 2_000, maxTimeout: 2_000, tries: 2 });
export const resolveByDns: Resolve = async (hostname) => {
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
};

/** The addresses of a URL to which a connection may be made. @throws Error when there is none */
export async function allowedAddresses({ hostname, protocol }: URL, resolve: Resolve, allowLoopback: boolean) {
  const isName = mayConnect(hostname, protocol, allowLoopback) === undefined;
  const found = isName ? await resolve(hostname) : [hostname.replace(/^\[|\]$/g, '')];
  const allowed = found.filter((address) => mayConnect(address, protocol, allowLoopback) === true);
  if (allowed.length > 0) return allowed.map((address) => ({ address, family: isIP(address) }));
  throw new Error(found.length === 0 ? 'the host name has no address' : 'the host has no public address');
}
