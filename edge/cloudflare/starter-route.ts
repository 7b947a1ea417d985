/**
 * The way from a Worker to the starter: through a Workers VPC binding where there is one, else by its URL through the
 * tunnel. Both carry the same signed batch; Access is asked on the second only.
 */
import type { StarterConfig } from '../config.ts';
import { routeByUrl, type StarterRoute } from '../transport.ts';

export type StarterBinding = {
  /** A Workers VPC service: it decides host and port by itself, so nothing in a delivery can lead elsewhere. */
  readonly STARTER?: Fetcher;
};

export const routeToStarter = (starter: StarterConfig, { STARTER }: StarterBinding): StarterRoute =>
  STARTER === undefined
    ? routeByUrl(starter, (url, init) => fetch(url, init))
    : { ...starter, headers: {}, fetch: (url, init) => STARTER.fetch(url, init) };
