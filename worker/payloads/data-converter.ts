/**
 * The payload codec as Temporal's client and workers take it. Failures outside the sandbox are written where the codec
 * covers them only if it has keys; their converter goes by a path, because the SDK loads it itself.
 */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec } from '../../shared/payloads/codec.ts';
import type { PayloadKey } from '../../shared/payloads/keys.ts';

const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.ts', import.meta.url));

export const createDataConverter = (keys: readonly PayloadKey[]): DataConverter => ({
  payloadCodecs: [createPayloadCodec(keys)],
  ...(keys.length > 0 && { failureConverterPath: FAILURE_CONVERTER }),
});
