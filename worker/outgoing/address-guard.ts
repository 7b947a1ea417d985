/**
 * Which addresses notices may go to. Configuration names hosts, and whoever owns the names of a host says which addresses
 * they have: one that leads into the own network is refused, unless configuration allows for it.
 */
import { lookup as resolve } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import { SendFailure } from '../../shared/activities/notice-activities.ts';

export type OutgoingAddress = { readonly address: string; readonly family: number };

export type AddressGuardOptions = {
  /** Private, loopback, link-local and whatever else is not public. */
  readonly allowPrivate: boolean;
  /** Hosts by name, and networks as `10.1.0.0/16` or `fd00::/8`, that are allowed all the same. */
  readonly allowed: readonly string[];
  readonly resolve?: (host: string) => Promise<readonly OutgoingAddress[]>;
};

/** The addresses of a host, all of which may be connected to. Throws SendFailure, which names the host and no address. */
export type AddressGuard = (host: string) => Promise<readonly OutgoingAddress[]>;

const resolveAll = (host: string): Promise<readonly OutgoingAddress[]> =>
  resolve(host, { all: true });

export function createAddressGuard({
  allowPrivate,
  allowed,
  resolve = resolveAll,
}: AddressGuardOptions): AddressGuard {
  const hosts = new Set(allowed.filter((entry) => !isNetwork(entry)).map(toHost));
  const networks = allowed.filter(isNetwork).map((entry) => ipaddr.parseCIDR(entry));
  const isAllowed = (address: string): boolean => {
    const parsed = ipaddr.process(address);
    return parsed.range() === 'unicast' || networks.some((network) => isWithin(parsed, network));
  };
  return async (hostname) => {
    const host = toHost(hostname);
    const addresses = await addressesOf(host, resolve);
    if (allowPrivate || hosts.has(host)) return addresses;
    if (addresses.every(({ address }) => isAllowed(address))) return addresses;
    throw new SendFailure(`host ${host} has an address that is not public`, true);
  };
}

/** An address written in place of a name is its own. */
async function addressesOf(
  host: string,
  resolve: NonNullable<AddressGuardOptions['resolve']>,
): Promise<readonly OutgoingAddress[]> {
  if (ipaddr.isValid(host))
    return [{ address: host, family: ipaddr.parse(host).kind() === 'ipv4' ? 4 : 6 }];
  try {
    const addresses = await resolve(host);
    if (addresses.length > 0) return addresses;
  } catch {
    // Told below.
  }
  throw new SendFailure(`host ${host} has no address`, false);
}

const toHost = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

export const isNetwork = (entry: string): boolean => ipaddr.isValidCIDR(entry);

const isWithin = (
  address: ipaddr.IPv4 | ipaddr.IPv6,
  network: readonly [ipaddr.IPv4 | ipaddr.IPv6, number],
): boolean => address.kind() === network[0].kind() && address.match([...network]);
