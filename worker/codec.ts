/** Entry of the codec endpoint: shows a person what the payload codec has encrypted. Knows the keys, and no Temporal. */
import { createPayloadCodec } from '../shared/payloads/codec.ts';
import { createCodecApp } from './codec/app.ts';
import { parseCodecConfig } from './codec/config.ts';
import { createLog } from './log.ts';
import { runProcess } from './process.ts';
import { serve } from './serve.ts';

await runProcess(async () => {
  const config = parseCodecConfig(process.env);
  const log = await createLog('codec', config.logLevel);
  const codec = createPayloadCodec(config.payloadKeys);
  const { origins, token } = config;
  const app = createCodecApp({ codec, origins, token, log });
  const server = await serve(app, config.host, config.port);
  log.info({ url: server.url, isOpen: token === undefined }, 'codec listening');
  return { log, stop: server.close };
});
