/**
 * Environment → configuration of the codec endpoint. Who may decrypt is decided here: whoever reaches loopback on its
 * host, or whoever has the token; without a token it listens nowhere else.
 */
import * as v from 'valibot';
import type { PayloadKey } from '../../shared/payloads/keys.ts';
import {
  ConfigurationError,
  type Env,
  logLevel,
  parseEnv,
  payloadKeys,
  port,
} from '../variables.ts';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

const origins = v.pipe(
  v.optional(v.string(), ''),
  v.transform((text) => text.split(/[\s,]+/).filter((entry) => entry !== '')),
  v.array(v.pipe(v.string(), v.check(isOrigin))),
);

const CodecSchema = v.object({
  LOG_LEVEL: logLevel,
  PAYLOAD_KEYS: payloadKeys,
  CODEC_HOST: v.optional(v.string(), '127.0.0.1'),
  CODEC_PORT: port(8792),
  CODEC_ORIGINS: origins,
  CODEC_TOKEN: v.optional(v.string()),
});

export type CodecConfig = {
  readonly logLevel: string;
  readonly host: string;
  readonly port: number;
  readonly payloadKeys: readonly PayloadKey[];
  /** Of the Temporal UIs whose pages may call. */
  readonly origins: readonly string[];
  readonly token: string | undefined;
};

export function parseCodecConfig(env: Env): CodecConfig {
  const parsed = parseEnv('codec endpoint', CodecSchema, env);
  if (parsed.PAYLOAD_KEYS.length === 0)
    throw new ConfigurationError('Cannot start codec endpoint: PAYLOAD_KEYS is missing');
  if (parsed.CODEC_TOKEN === undefined && !LOOPBACK.includes(parsed.CODEC_HOST))
    throw new ConfigurationError(
      'Cannot start codec endpoint: CODEC_TOKEN is missing, and CODEC_HOST is not loopback',
    );
  return {
    logLevel: parsed.LOG_LEVEL,
    host: parsed.CODEC_HOST,
    port: parsed.CODEC_PORT,
    payloadKeys: parsed.PAYLOAD_KEYS,
    origins: parsed.CODEC_ORIGINS,
    token: parsed.CODEC_TOKEN,
  };
}
