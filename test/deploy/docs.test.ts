import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RUN_STATES } from '../../shared/contract/states.ts';
import { SEARCH_ATTRIBUTES, SIGNALS } from '../../shared/contract/names.ts';
import { REFUSALS } from '../../shared/contract/refusals.ts';
import { capturesOf, deployFiles, read, ROOT } from './files.ts';

const OPERATE = 'docs/operate.md';

/** Names with an underscore that are no variables: of runs' states, of gRPC, of Spacelift's provider, of sockets. */
const OTHER_NAMES = new Set<string>([
  ...RUN_STATES,
  'INVALID_ARGUMENT',
  'REGO_V1',
  'AF_INET',
  'AF_INET6',
  'AF_UNIX',
]);

const VARIABLE = /(?<![\w…])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?![\w…])/g;

/** Keys of the schemas, which stand one a line. */
const schemaKeys = (path: string) => capturesOf(read(path), /^ {2}([A-Z][A-Z0-9_]+):/gm);

const OURS = new Set([
  ...schemaKeys('worker/config.ts'),
  ...schemaKeys('worker/settings.ts'),
  ...schemaKeys('worker/spacelift-keys.ts'),
  ...schemaKeys('worker/deployment.ts'),
  ...schemaKeys('worker/codec/config.ts'),
  ...schemaKeys('edge/config.ts'),
  ...schemaKeys('edge/sqlite/environment.ts'),
  'WEBHOOKS',
  ...['', '_PREVIOUS'].map((suffix) => `SPACELIFT_WEBHOOK_SECRET${suffix}`),
  ...capturesOf(read('cli/connection.ts'), /textOf\(env, '(\w+)'\)/g),
]);

const OTHERS = new Set([
  'NODE_ENV',
  ...capturesOf(
    read('node_modules/@temporalio/envconfig/lib/envconfig-toml.js'),
    /\b(TEMPORAL_[A-Z_]+)\b/g,
  ),
]);

/** Of several accounts, whose names are anybody's. */
const ACCOUNT_KEY = /^SPACELIFT_API_KEY_(?:ENDPOINT|ID|SECRET)_[A-Z0-9_]+$/;

const unknownIn = (text: string) => {
  /** A webhook's secret may have any name; the table says which. */
  const secrets = new Set(capturesOf(text, /secret = "(\w+)"/g));
  return capturesOf(text, VARIABLE).filter(
    (name) =>
      !ACCOUNT_KEY.test(name) &&
      ![OURS, OTHERS, OTHER_NAMES, secrets].some((names) => names.has(name)),
  );
};

describe('variables', () => {
  test('the sources of their names are read at all', () => {
    for (const name of ['ENVELOPE_SECRET', 'SPACELIFT_API_KEY_ID', 'PARK_AFTER_MS'])
      expect(OURS).toContain(name);
    for (const name of ['TEMPORAL_ADDRESS', 'TEMPORAL_TLS_SERVER_NAME'])
      expect(OTHERS).toContain(name);
  });

  test.each([
    OPERATE,
    'README.md',
    ...['.example', '.service', '.yaml', 'Dockerfile'].flatMap(deployFiles),
  ])('every one named in %s exists', (path) => {
    const text = read(path);
    expect(unknownIn(text)).toEqual([]);
  });

  test(`every one of ours is named in ${OPERATE}`, () => {
    const text = read(OPERATE);
    expect([...OURS].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('docs/wire.md', () => {
  const wire = read('docs/wire.md');

  test('names every search attribute and every signal', () => {
    for (const name of [...Object.values(SEARCH_ATTRIBUTES), ...Object.values(SIGNALS)])
      expect(wire).toContain(`\`${name}\``);
  });

  test('names every refusal with its status', () => {
    for (const [reason, { status }] of Object.entries(REFUSALS)) {
      if (reason.startsWith('signature-')) continue;
      expect(wire, reason).toMatch(
        new RegExp(`\`${reason}\` \\(${status}\\)|\\| ${status} \\|.*\`${reason}\``),
      );
    }
  });
});

describe('links', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'dev/simulator/README.md',
    ...readdirSync(`${ROOT}docs`, { recursive: true })
      .filter((name): name is string => typeof name === 'string' && name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ];

  /** As GitHub makes them of headings. */
  const anchorsOf = (path: string) =>
    capturesOf(read(path), /^#+ (.*)$/gm).map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );

  test.each(pages)('in %s lead somewhere', (page) => {
    const targets = capturesOf(read(page), /\]\((?!https?:)([^)]+)\)/g);
    for (const target of targets) {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : normalize(join(dirname(page), path));
      expect(existsSync(`${ROOT}${file}`), target).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(file), target).toContain(anchor);
    }
  });
});
