import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parsePayloadKeys } from '../../shared/payloads/keys.ts';
import { signalFor } from '../../shared/workflow/messages.ts';
import { startOfRun } from '../../shared/workflow/start.ts';
import { runEvent } from '../events.ts';
import { startScript } from '../worker/processes.ts';
import { deliveryFacts, type Harness, runIdOf, SETTINGS, startHarness } from './harness.ts';

const PAYLOAD_KEYS = `current:${Buffer.alloc(32, 5).toString('base64')}`;
const TOKEN = 'codec-token';

let harness: Harness;
let endpoint: ReturnType<typeof startScript>;
let url: string;

beforeAll(async () => {
  endpoint = startScript('node', ['worker/codec.ts'], {
    PAYLOAD_KEYS,
    CODEC_PORT: '0',
    CODEC_TOKEN: TOKEN,
  });
  url = String((await endpoint.line('codec listening'))['url']);
  const payloadKeys = parsePayloadKeys(PAYLOAD_KEYS) ?? [];
  harness = await startHarness(inject('temporalCli'), {}, { payloadKeys });
});
afterAll(async () => {
  await harness.stop();
  await endpoint[Symbol.asyncDispose]();
});

/** What `temporal` prints about an execution, the bytes of payloads as text. */
async function ask(command: string, runId: string, more: readonly string[] = []) {
  const { stdout } = await promisify(execFile)(
    inject('temporalCli'),
    [
      'workflow',
      command,
      '-w',
      runIdOf('network', runId),
      '--address',
      harness.env.address,
      '--output',
      'json',
      ...more,
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout.replaceAll(/"([A-Za-z0-9+/]{12,}={0,2})"/g, (_, text: string) =>
    Buffer.from(text, 'base64').toString(),
  );
}

const withCodec = () => ['--codec-endpoint', url, '--codec-auth', `Bearer ${TOKEN}`];

async function tell(runId: string, state: string, stateVersion: number) {
  const event = runEvent('network', runId, state, stateVersion, { branch: 'told-branch' });
  const settings = { ...SETTINGS, encodesFailures: true };
  await harness.executions.signalWithStart(
    startOfRun(event, settings, event),
    {
      name: signalFor(event.type).name,
      payload: { events: [{ event, delivery: deliveryFacts(`${runId}/${state}`) }] },
    },
    'never',
  );
}

describe('temporal --codec-endpoint', () => {
  test('shows history, result and summary of an encrypted execution, which stay hidden without it', async () => {
    await tell('shown', 'FINISHED', 5);
    await harness.handleOf(runIdOf('network', 'shown')).result();
    const clear = await ask('show', 'shown', withCodec());
    expect(clear).toContain('told-branch');
    expect(clear).toContain('"outcome":"completed"');
    expect(await ask('describe', 'shown', withCodec())).toContain('Follows run shown of network');
    const encrypted = await ask('show', 'shown');
    expect(encrypted).not.toMatch(/told-branch|"outcome"/);
    expect(encrypted).toContain('binary/encrypted');
  });

  test('encrypts what a person signals, and shows the answer to a query', async () => {
    await tell('asked', 'PLANNING', 4);
    const progress = await ask('query', 'asked', [...withCodec(), '--name', 'progress']);
    expect(progress).toContain('PLANNING');
    await ask('signal', 'asked', [
      ...withCodec(),
      '--name',
      'handle_run_events',
      '--input',
      '{"by":"hand"}',
    ]);
    expect(await ask('show', 'asked')).not.toContain('"hand"');
    expect(await ask('show', 'asked', withCodec())).toContain('"hand"');
  });

  test('is told nothing without the token', async () => {
    await tell('guarded', 'PLANNING', 4);
    const asking = ask('query', 'guarded', ['--codec-endpoint', url, '--name', 'progress']);
    await expect(asking).rejects.toThrow(/unauthorized/i);
  });
});
