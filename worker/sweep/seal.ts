/**
 * Whether a payload was written as the client would write it now, by the same key of the codec or by none. A schedule's
 * input outlives keys: as long as it is written under an old one, that one can never be dropped.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Client, ScheduleDescription } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { utf8 } from '../../shared/contract/hmac.ts';

/** As the converter of the SDK writes any value that is JSON. */
const PROBE: Payload = { metadata: { encoding: utf8('json/plain') }, data: utf8('null') };

export async function isSealedByNow(
  client: Client,
  { raw }: Pick<ScheduleDescription, 'raw'>,
): Promise<boolean> {
  const { payloadCodecs } = client.options.loadedDataConverter;
  let probes = [PROBE];
  // The codec nearest to the server is the first one.
  for (const codec of payloadCodecs.toReversed()) probes = await codec.encode(probes);
  const payloads = raw.schedule?.action?.startWorkflow?.input?.payloads ?? [];
  const [expected] = probes.map(textsOf);
  return payloads.every((payload) => isDeepStrictEqual(textsOf(payload), expected));
}

type Metadata = { readonly metadata?: Payload['metadata'] };

const textsOf = ({ metadata }: Metadata) =>
  new Map(
    Object.entries(metadata ?? {}).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
  );
