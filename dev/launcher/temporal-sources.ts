/** The two ways to obtain the Temporal CLI; both leave an executable `temporal` in the directory they are given. */
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { Agent as HttpAgent, type IncomingMessage, request as requestPlainly } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { startGuard } from './guarding.ts';

const run = promisify(execFile);

/** A machine without a network must not keep a person waiting for what cannot come. */
const CONNECT_WITHIN_MS = 5000;
/** The archive has about 60 MB. */
const DOWNLOAD_WITHIN_MS = 10 * 60_000;
/** Builds took 3 to 5 minutes on two cores. */
const BUILD_WITHIN_MS = 30 * 60_000;
const REDIRECTS = 5;
const TICK_MS = 1000;

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin' };
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
};

export async function downloadArchive(
  version: string,
  directory: string,
  onProgress: (text: string) => void,
  origin = 'https://temporal.download',
): Promise<void> {
  const platform = PLATFORMS[process.platform];
  const architecture = ARCHITECTURES[process.arch];
  if (platform === undefined || architecture === undefined)
    throw new Error(`there is none for ${process.platform} on ${process.arch}`);
  const url = `${origin}/cli/archive/${version}?platform=${platform}&arch=${architecture}`;
  const archive = join(directory, 'temporal.tar.gz');
  const stopTicking = tick((seconds) => onProgress(`downloading the Temporal CLI · ${seconds} s`));
  try {
    const signal = AbortSignal.timeout(DOWNLOAD_WITHIN_MS);
    await pipeline(await open(new URL(url), signal), createWriteStream(archive), { signal });
    await run('tar', ['-xzf', archive, '-C', directory]);
    await chmod(join(directory, 'temporal'), 0o755);
    await rm(archive);
  } finally {
    stopTicking();
  }
}

/** Follows redirects itself, for `fetch` has no deadline for the connection alone. */
async function open(
  url: URL,
  signal: AbortSignal,
  redirects = REDIRECTS,
): Promise<IncomingMessage> {
  const answer = await connect(url, signal);
  const { statusCode = 0, headers } = answer;
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined && redirects > 0) {
    answer.resume();
    return open(new URL(headers.location, url), signal, redirects - 1);
  }
  if (statusCode === 200) return answer;
  answer.resume();
  throw new Error(`status is ${statusCode} from ${url.host}`);
}

const connect = (url: URL, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const proxyEnv = process.env;
    const asking =
      url.protocol === 'https:'
        ? request(url, { signal, agent: new Agent({ proxyEnv }) })
        : requestPlainly(url, { signal, agent: new HttpAgent({ proxyEnv }) });
    const giveUp = setTimeout(
      () =>
        asking.destroy(
          new Error(`no answer from ${url.host} within ${CONNECT_WITHIN_MS / 1000} s`),
        ),
      CONNECT_WITHIN_MS,
    );
    asking.once('response', (answer) => {
      clearTimeout(giveUp);
      resolve(answer);
    });
    asking.once('error', (error) => {
      clearTimeout(giveUp);
      reject(error);
    });
    asking.end();
  });

export const goInstall = (version: string) =>
  ['go', 'install', `github.com/temporalio/cli/cmd/temporal@${version}`] as const;

export async function buildWithGo(
  version: string,
  directory: string,
  env: NodeJS.ProcessEnv,
  onProgress: (text: string) => void,
): Promise<void> {
  let latest = '';
  const stopTicking = tick((seconds) =>
    onProgress(`building the Temporal CLI with Go, 3 to 5 minutes · ${seconds} s${latest}`),
  );
  const guard = startGuard();
  try {
    await new Promise<void>((resolve, reject) => {
      const [command, ...args] = goInstall(version);
      const go = spawn(command, args, {
        cwd: directory,
        // A cross-compiling environment or a workspace file would put the executable elsewhere or refuse the version.
        env: { ...env, GOBIN: directory, GOFLAGS: '', GOWORK: 'off', GOOS: '', GOARCH: '' },
        stdio: ['ignore', 'ignore', 'pipe'],
        detached: true,
        timeout: BUILD_WITHIN_MS,
      });
      // The build must not go on for minutes after the launcher has gone.
      go.once('spawn', () => guard.watch(go.pid ?? 0));
      createInterface({ input: go.stderr }).on('line', (line) => (latest = ` · ${line}`));
      go.once('error', () => reject(new Error('Go is not installed')));
      go.once('exit', (code) => {
        guard.forget(go.pid ?? 0);
        if (code === 0) resolve();
        else reject(new Error(`it failed${latest || ` with code ${code}`}`));
      });
    });
  } finally {
    stopTicking();
    guard.dismiss();
  }
}

/** Calls back at once and then every second with the seconds gone by. */
function tick(callback: (seconds: number) => void): () => void {
  const startedAt = Date.now();
  callback(0);
  const timer = setInterval(() => callback(Math.round((Date.now() - startedAt) / 1000)), TICK_MS);
  return () => clearInterval(timer);
}
