/**
 * Encrypts payloads before they reach the Temporal server, by AES-GCM and WebCrypto. A key is named by its id, so keys
 * can be changed and the codec switched on while executions are open: what is not encrypted passes as it is. Without keys
 * it encrypts nothing and says which key it lacks. Search attributes, ids, types and names never come by here.
 */
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { utf8 } from '../contract/hmac.ts';
import type { PayloadKey } from './keys.ts';

/** What Temporal's own samples write in every language, so that their codec servers read ours. */
const ENCODING = 'binary/encrypted';
const ENCODING_FIELD = 'encoding';
const KEY_ID_FIELD = 'encryption-key-id';

const ALGORITHM = 'AES-GCM';

/** The length that AES-GCM is made for; drawn at random for every payload. */
const NONCE_BYTES = 12;

const PayloadMessage = proto.temporal.api.common.v1.Payload;

type Key = Awaited<ReturnType<typeof importKey>>;

const importKey = ({ bytes }: PayloadKey) =>
  crypto.subtle.importKey('raw', bytes, ALGORITHM, false, ['encrypt', 'decrypt']);

export function createPayloadCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const imported = new Map(keys.map((key) => [key.id, once(() => importKey(key))]));
  const [first] = keys;

  return {
    async encode(payloads) {
      const key = first === undefined ? undefined : await imported.get(first.id)?.();
      if (first === undefined || key === undefined) return payloads;
      return Promise.all(payloads.map((payload) => encrypt(payload, first.id, key)));
    },
    decode: (payloads) =>
      Promise.all(
        payloads.map(async (payload) => {
          if (!isEncrypted(payload)) return payload;
          const id = metadataOf(payload, KEY_ID_FIELD);
          const key = await imported.get(id)?.();
          if (key === undefined)
            throw new Error(`Cannot decrypt payload: key ${JSON.stringify(id)} is not known`);
          return decrypt(payload, id, key);
        }),
      ),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

const metadataOf = (payload: Payload, field: string): string =>
  new TextDecoder().decode(payload.metadata?.[field] ?? undefined);

const isEncrypted = (payload: Payload): boolean => metadataOf(payload, ENCODING_FIELD) === ENCODING;

async function encrypt(payload: Payload, keyId: string, key: Key): Promise<Payload> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const clear = new Uint8Array(PayloadMessage.encode(payload).finish());
  const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv: nonce }, key, clear);
  const data = new Uint8Array(NONCE_BYTES + sealed.byteLength);
  data.set(nonce);
  data.set(new Uint8Array(sealed), NONCE_BYTES);
  return { metadata: { [ENCODING_FIELD]: utf8(ENCODING), [KEY_ID_FIELD]: utf8(keyId) }, data };
}

async function decrypt({ data }: Payload, keyId: string, key: Key): Promise<Payload> {
  const bytes = new Uint8Array(data ?? []);
  const iv = bytes.subarray(0, NONCE_BYTES);
  try {
    const sealed = bytes.subarray(NONCE_BYTES);
    const clear = await crypto.subtle.decrypt({ name: ALGORITHM, iv }, key, sealed);
    return PayloadMessage.decode(new Uint8Array(clear));
  } catch {
    throw new Error(
      `Cannot decrypt payload: it is damaged, or key ${JSON.stringify(keyId)} is another than the one it was made with`,
    );
  }
}
