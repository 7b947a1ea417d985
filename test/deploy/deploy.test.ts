import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../shared/contract/names.ts';
import { capturesOf, deployFiles, lifeOf, read, ROOT, stopLimitSeconds } from './files.ts';

const UNITS = deployFiles('.service');
const DOCKERFILES = deployFiles('.Dockerfile');
const INSTALLED_AT = '/opt/spacelift-temporal/';

const valuesOf = (unit: string, key: string) =>
  capturesOf(read(unit), new RegExp(`^${key}=(.*)$`, 'gm'));

/** Of the machine, not of the project. */
const ANALYZE = 'systemd-analyze';
const hasAnalyze = spawnSync(ANALYZE, ['--version']).status === 0;

describe.each(UNITS)('%s', (unit) => {
  /** What the units name besides themselves; all of it is systemd's own. */
  const TARGETS = ['sysinit', 'basic', 'shutdown', 'network-online', 'multi-user'];
  let root: string;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'spacelift-temporal-units-'));
    const units = join(root, 'etc/systemd/system');
    mkdirSync(units, { recursive: true });
    for (const target of TARGETS)
      writeFileSync(join(units, `${target}.target`), '[Unit]\nDescription=stand-in\n');
    const [command = ''] = valuesOf(unit, 'ExecStart').map((line) => line.split(' ')[0] ?? '');
    mkdirSync(join(root, dirname(command)), { recursive: true });
    const runtime = realpathSync(`${ROOT}node_modules/.bin/${basename(command)}`);
    copyFileSync(runtime, join(root, command));
    chmodSync(join(root, command), 0o755);
    mkdirSync(join(root, INSTALLED_AT), { recursive: true });
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function verify(text: string) {
    const path = join('/etc/systemd/system', basename(unit));
    writeFileSync(join(root, path), text);
    const { status, stderr } = spawnSync(ANALYZE, ['verify', '--man=no', `--root=${root}`, path], {
      encoding: 'utf8',
    });
    return { status, stderr };
  }

  test('passes systemd-analyze verify with its runtime in place', ({ skip }) => {
    if (!hasAnalyze) skip('systemd-analyze is not installed; only the keys below are checked');
    expect(verify(read(unit))).toEqual({ status: 0, stderr: '' });
  });

  test('altered, does not pass systemd-analyze verify', ({ skip }) => {
    if (!hasAnalyze) skip('systemd-analyze is not installed');
    expect(verify(read(unit).replace('KillMode', 'KilMode')).stderr).toContain('Unknown key');
    expect(verify(read(unit).replace('ExecStart=/', 'ExecStart=/not')).status).not.toBe(0);
  });

  test('runs a script of ours with a file of ours for its environment', () => {
    const [script = ''] = valuesOf(unit, 'ExecStart').map((line) => line.split(' ')[1] ?? '');
    expect(script.startsWith(INSTALLED_AT)).toBe(true);
    expect(existsSync(join(ROOT, script.slice(INSTALLED_AT.length)))).toBe(true);
    const [environment = ''] = valuesOf(unit, 'EnvironmentFile');
    expect(existsSync(`${ROOT}deploy/${basename(environment)}.example`)).toBe(true);
  });

  test('is started again, but not after a configuration it cannot read', () => {
    expect(valuesOf(unit, 'Restart')).toEqual(['always']);
    expect(valuesOf(unit, 'RestartPreventExitStatus')).toEqual(['78']);
    expect(lifeOf(unit)).toContain('78');
  });

  test('leaves the process more time to stop than it takes itself', () => {
    expect(Number(valuesOf(unit, 'TimeoutStopSec')[0])).toBeGreaterThan(stopLimitSeconds(unit));
  });

  test('runs without privileges', () => {
    for (const key of ['DynamicUser', 'NoNewPrivileges', 'PrivateTmp', 'ProtectHome'])
      expect(valuesOf(unit, key)).toEqual(['yes']);
    expect(valuesOf(unit, 'CapabilityBoundingSet')).toEqual(['']);
    expect(valuesOf(unit, 'ProtectSystem')).toEqual(['strict']);
  });
});

describe.each(DOCKERFILES)('%s', (dockerfile) => {
  const text = read(dockerfile).replaceAll('\\\n', ' ');
  const instruction = (name: string) => capturesOf(text, new RegExp(`^${name} (.*)$`, 'gm'));
  const last = (name: string) => instruction(name).at(-1) ?? '';
  const lists = (line: string) => JSON.parse(line.slice(line.indexOf('['))) as readonly string[];

  test('copies only paths that exist, and that its ignore file lets through', () => {
    const copied = instruction('COPY')
      .filter((line) => !line.startsWith('--from='))
      .flatMap((line) => line.split(/\s+/).slice(0, -1));
    expect(copied.length).toBeGreaterThan(0);
    const [first, ...allowed] = read(`${dockerfile}.dockerignore`)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    for (const path of copied) {
      expect(existsSync(`${ROOT}${path}`), path).toBe(true);
      expect(allowed).toContain(`!${path}`);
    }
  });

  test('has bases with the runtimes that the tests run on, and with glibc', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      devDependencies: Readonly<Record<string, string>>;
    };
    const bases = instruction('FROM').map((line) => line.split(' ')[0] ?? '');
    for (const base of bases) {
      const [image, tag = ''] = base.split(':');
      const version = devDependencies[image === 'oven/bun' ? 'bun' : 'node'] ?? '';
      const pinned = image === 'oven/bun' ? version : (version.split('.')[0] ?? '');
      expect(tag.startsWith(`${pinned}-`), base).toBe(true);
      expect(tag).not.toContain('alpine');
    }
  });

  test('runs as nobody in particular, stops by signal, and holds no secret', () => {
    expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(last('STOPSIGNAL')).toBe('SIGTERM');
    for (const line of [...instruction('ENV'), ...instruction('ARG')])
      expect(line).not.toMatch(/SECRET|TOKEN|API_KEY|PASSWORD/);
    const [, script = ''] = lists(last('ENTRYPOINT'));
    expect(existsSync(`${ROOT}${script}`)).toBe(true);
  });

  const part = basename(dockerfile, '.Dockerfile');
  const variable = `${part.toUpperCase()}_PORT`;
  /** The edge has nothing to wait for, so being well and being ready are one for it. */
  const healthPath = part === 'edge' ? '/healthz' : '/readyz';

  test.each([
    [200, 0],
    [503, 1],
  ])(`health check, answered %i by ${healthPath}, ends with %i`, async (answered, code) => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === healthPath ? answered : 404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    const [command = '', ...args] = lists(last('HEALTHCHECK'));
    const check = spawn(`${ROOT}node_modules/.bin/${command}`, args, {
      env: { ...process.env, [variable]: port, NO_PROXY: '127.0.0.1' },
      stdio: 'ignore',
    });
    const ended = await new Promise((resolve) => check.once('exit', resolve));
    server.close();
    expect(ended).toBe(code);
  });

  test('checks its health where it listens', () => {
    const [port = ''] = capturesOf(last('HEALTHCHECK'), /\?\? (\d+)/g);
    expect(port).toBe(last('EXPOSE'));
    expect(last('HEALTHCHECK')).toContain(variable);
    const source = read(part === 'edge' ? 'edge/sqlite/environment.ts' : 'worker/config.ts');
    expect(capturesOf(source, new RegExp(`${variable}: .*?(\\d+)`, 'g'))).toEqual([port]);
  });
});

describe('deploy/compose.yaml', () => {
  const compose = read('deploy/compose.yaml');

  test('leaves worker, starter and edge more time to stop than they take themselves', () => {
    const periods = capturesOf(compose, /stop_grace_period: (\d+)s/g);
    expect(periods).toHaveLength(3);
    const longest = Math.max(...UNITS.map(stopLimitSeconds));
    for (const period of periods) expect(Number(period)).toBeGreaterThan(longest);
  });

  test('keeps the inboxes of the edge in a volume, where its image has them', () => {
    const [folder = ''] = capturesOf(read('deploy/edge.Dockerfile'), /EDGE_STATE_DIRECTORY=(\S+)/g);
    expect(compose).toContain(`- edge:${folder}\n`);
    expect(compose).toMatch(/^volumes:\n(?: {2}.*\n)*? {2}edge:$/m);
  });

  test('names files that exist', () => {
    for (const file of capturesOf(compose, /dockerfile: (\S+)/g))
      expect(existsSync(`${ROOT}${file}`), file).toBe(true);
    for (const file of capturesOf(compose, /env_file: (\S+)/g))
      expect(existsSync(`${ROOT}deploy/${file}.example`), file).toBe(true);
  });

  test('registers every search attribute at its Temporal server', () => {
    expect(capturesOf(compose, /--search-attribute=(\w+)=Keyword/g)).toEqual(
      Object.values(SEARCH_ATTRIBUTES),
    );
  });

  test('is tracked without its secrets', () => {
    const ignored = read('deploy/.gitignore').trim().split('\n');
    expect(ignored).toEqual(['*.env', 'cloudflared-credentials.json']);
  });
});

describe('deploy/cloudflared.yaml', () => {
  const rules = read('deploy/cloudflared.yaml')
    .split('ingress:')[1]
    ?.split(/^ {2}- /m)
    .slice(1);

  test('ends with a rule that catches everything', () => {
    expect(rules?.at(-1)?.trim()).toBe('service: http_status:404');
  });

  test('has Access verified before the starter is reached', () => {
    const others = rules?.slice(0, -1) ?? [];
    expect(others).toHaveLength(1);
    for (const rule of others) {
      expect(rule).toMatch(/^hostname: /);
      expect(rule).toMatch(/access:\n\s+required: true\n\s+teamName: \S+\n\s+audTag:\n\s+- \S+/);
      expect(rule).toMatch(/connectTimeout: 2s/);
    }
  });
});
