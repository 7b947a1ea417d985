import { describe, expect, test } from 'vitest';
import { parseStarterConfig, parseWorkerConfig } from '../../worker/config.ts';
import { ConfigurationError, type Env } from '../../worker/variables.ts';

const STARTER: Env = { ENVELOPE_SECRET: 'envelope-secret' };

const WORKER: Env = {
  SPACELIFT_API_KEY_ENDPOINT: 'https://acme.app.spacelift.io',
  SPACELIFT_API_KEY_ID: '01KEY',
  SPACELIFT_API_KEY_SECRET: 'key-secret',
};

const parseStarter = (env: Env) => () => parseStarterConfig({ ...STARTER, ...env });
const parseWorker = (env: Env) => () => parseWorkerConfig({ ...WORKER, ...env });

const messageOf = (parse: () => unknown): string => {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'was taken';
};

const PAYLOAD_KEYS = ['new', 'old']
  .map((id, fill) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`)
  .join(',');

const LARGEST = '9007199254740991';
const TOO_LARGE = '9007199254740992';

describe('parseStarterConfig()', () => {
  test('has a default for everything but the secret', () => {
    expect(parseStarterConfig(STARTER)).toEqual({
      logLevel: 'info',
      host: '127.0.0.1',
      port: 8788,
      payloadKeys: [],
      envelopeSecrets: ['envelope-secret'],
      observedRunTypes: ['TRACKED', 'TASK', 'DESTROY'],
      mayCreateSearchAttributes: true,
      settings: {
        retry: {
          maximumAttempts: 3,
          initialIntervalMs: 1000,
          backoffCoefficient: 2,
          maximumIntervalMs: 60_000,
        },
        settleMs: 30_000,
        looks: 2,
        doubtHorizonMs: 600_000,
        laneIdleMs: 600_000,
        silenceMs: 600_000,
        waitingSilenceMs: 3_600_000,
        intents: {
          patienceMs: 3_600_000,
          deadlineMs: null,
          farewellMs: 300_000,
          causeDepthLimit: 5,
          cancelStopsRun: false,
        },
        lane: { leaveInDoubt: [], cancelExtraRuns: false, callTimeoutMs: 45_000 },
        watch: {
          remindAfterMs: 14_400_000,
          remindAtMostMs: 86_400_000,
          observedRunTypes: ['TRACKED', 'TASK', 'DESTROY'],
          leavesSilenceToSweeps: false,
        },
        reactions: true,
        propagation: {
          nativeEdges: 'adopt',
          onlyIfChanged: false,
          runsLimit: null,
          poolLimits: [],
          windows: [],
          resumableMs: 86_400_000,
          registryIdleMs: 600_000,
        },
        searchAttributes: [
          'SpaceliftAccount',
          'SpaceliftStack',
          'SpaceliftRun',
          'SpaceliftState',
          'SpaceliftEventType',
          'SpaceliftOutcome',
        ],
        encodesFailures: false,
      },
    });
  });

  test('reads every variable', () => {
    const parsed = parseStarterConfig({
      ENVELOPE_SECRET: 'new',
      ENVELOPE_SECRET_PREVIOUS: 'old',
      LOG_LEVEL: 'debug',
      STARTER_HOST: '0.0.0.0',
      STARTER_PORT: '1',
      OBSERVE_RUN_TYPES: ' PROPOSED , TRACKED ',
      RETRY_MAXIMUM_ATTEMPTS: '2',
      RETRY_INITIAL_INTERVAL_MS: '3',
      RETRY_BACKOFF_COEFFICIENT: '1.5',
      RETRY_MAXIMUM_INTERVAL_MS: '5',
      SETTLE_MS: '6',
      SETTLE_LOOKS: '7',
      DOUBT_HORIZON_MS: '8',
      LANE_IDLE_MS: '9',
      SILENCE_MS: '10',
      WAITING_SILENCE_MS: '11',
      INTENT_PATIENCE_MS: '12',
      INTENT_DEADLINE_MS: '13',
      INTENT_FAREWELL_MS: '14',
      CAUSE_DEPTH_LIMIT: '15',
      CANCEL_STOPS_RUN: 'true',
      LEAVE_IN_DOUBT: ' app, other/network ',
      CANCEL_EXTRA_RUNS: 'true',
      SPACELIFT_CALL_TIMEOUT_MS: '90000',
      LEAVE_SILENCE_TO_SWEEPS: 'true',
      PROPAGATION_NATIVE_EDGES: 'take-over',
      PROPAGATION_ONLY_IF_CHANGED: 'true',
      PROPAGATION_RUNS_LIMIT: '16',
      PROPAGATION_POOL_LIMITS: ' large = 2 ; gpu=1;',
      PROPAGATION_WINDOWS:
        'night=22:00-06:00; week:end=Sat,Sun 00:00-24:00;late=Fri-Mon 09:05-09:04',
      PROPAGATION_RESUMABLE_MS: '17',
      CREATE_SEARCH_ATTRIBUTES: 'false',
      PAYLOAD_KEYS,
    });
    expect(parsed).toMatchObject({
      logLevel: 'debug',
      host: '0.0.0.0',
      port: 1,
      payloadKeys: [{ id: 'new' }, { id: 'old' }],
      envelopeSecrets: ['new', 'old'],
      observedRunTypes: ['PROPOSED', 'TRACKED'],
      mayCreateSearchAttributes: false,
      settings: {
        retry: {
          maximumAttempts: 2,
          initialIntervalMs: 3,
          backoffCoefficient: 1.5,
          maximumIntervalMs: 5,
        },
        settleMs: 6,
        looks: 7,
        doubtHorizonMs: 8,
        laneIdleMs: 9,
        silenceMs: 10,
        waitingSilenceMs: 11,
        intents: {
          patienceMs: 12,
          deadlineMs: 13,
          farewellMs: 14,
          causeDepthLimit: 15,
          cancelStopsRun: true,
        },
        lane: {
          leaveInDoubt: ['app', 'other/network'],
          cancelExtraRuns: true,
          callTimeoutMs: 90_000,
        },
        watch: { leavesSilenceToSweeps: true },
        propagation: {
          nativeEdges: 'take-over',
          onlyIfChanged: true,
          runsLimit: 16,
          poolLimits: [
            { label: 'large', runsLimit: 2 },
            { label: 'gpu', runsLimit: 1 },
          ],
          windows: [
            { label: 'night', days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 1320, toMinute: 360 },
            { label: 'week:end', days: [6, 0], fromMinute: 0, toMinute: 0 },
            { label: 'late', days: [5, 6, 0, 1], fromMinute: 545, toMinute: 544 },
          ],
          resumableMs: 17,
          registryIdleMs: 9,
        },
        encodesFailures: true,
      },
    });
  });

  test('propagates nothing where that is switched off', () => {
    const { settings } = parseStarterConfig({ ...STARTER, PROPAGATION: 'false' });
    expect(settings).not.toHaveProperty('propagation');
  });

  test.each([
    ['STARTER_PORT', ['0', '65535'], ['-1', '65536', 'http', '1.5', ' 1']],
    ['RETRY_MAXIMUM_ATTEMPTS', ['1', LARGEST], ['0', '-1', TOO_LARGE, '1.5']],
    ['RETRY_INITIAL_INTERVAL_MS', ['1', LARGEST], ['0', TOO_LARGE, '1s']],
    [
      'RETRY_BACKOFF_COEFFICIENT',
      ['1', '1.0', '10.25', LARGEST],
      ['0', '0.99', '-2', '1e3', '1.', TOO_LARGE],
    ],
    ['RETRY_MAXIMUM_INTERVAL_MS', ['1', LARGEST], ['0', TOO_LARGE]],
    ['SETTLE_MS', ['1', LARGEST], ['0', TOO_LARGE]],
    ['SETTLE_LOOKS', ['1', LARGEST], ['0', TOO_LARGE]],
    ['DOUBT_HORIZON_MS', ['0', LARGEST], ['-1', TOO_LARGE]],
    ['LANE_IDLE_MS', ['0', LARGEST], ['-1', TOO_LARGE]],
    ['SILENCE_MS', ['1', LARGEST], ['0', TOO_LARGE]],
    ['WAITING_SILENCE_MS', ['1', LARGEST], ['0', TOO_LARGE]],
    ['INTENT_PATIENCE_MS', ['0', LARGEST], ['-1', TOO_LARGE]],
    ['INTENT_DEADLINE_MS', ['0', LARGEST], ['-1', TOO_LARGE]],
    ['INTENT_FAREWELL_MS', ['1', LARGEST], ['0', TOO_LARGE]],
    ['CAUSE_DEPTH_LIMIT', ['0', LARGEST], ['-1', TOO_LARGE]],
    ['CANCEL_STOPS_RUN', ['true', 'false'], ['yes', '1']],
    ['CANCEL_EXTRA_RUNS', ['true', 'false'], ['yes', '1']],
    ['LEAVE_SILENCE_TO_SWEEPS', ['true', 'false'], ['yes', '1']],
    ['PROPAGATION', ['true', 'false'], ['yes', '1']],
    ['PROPAGATION_NATIVE_EDGES', ['adopt', 'take-over'], ['none', 'ADOPT']],
    ['PROPAGATION_ONLY_IF_CHANGED', ['true', 'false'], ['yes', '1']],
    ['PROPAGATION_RUNS_LIMIT', ['0', LARGEST], ['-1', TOO_LARGE]],
    ['PROPAGATION_POOL_LIMITS', ['', 'a=1', 'a b=1;c=2'], ['a', 'a=0', 'a=1,b=2', '=1', 'a=x']],
    [
      'PROPAGATION_WINDOWS',
      ['', 'a=00:00-24:00', 'a=Mon 08:00-18:00;a=Sat-Sun,Wed 22:30-06:00'],
      [
        'a',
        'a=8-18',
        'a=24:00-01:00',
        'a=08:00-24:01',
        'a=08:60-09:00',
        'a=Foo 08:00-09:00',
        'a=mon 08:00-09:00',
        'a=Mon-Tue-Wed 08:00-09:00',
      ],
    ],
    ['PROPAGATION_RESUMABLE_MS', ['0', LARGEST], ['-1', TOO_LARGE]],
    [
      'LEAVE_IN_DOUBT',
      ['*', 'app', 'acme/app,a.b_c-d', ''],
      ['* ,app', 'app,', 'a/b/c', 'app other'],
    ],
    ['LOG_LEVEL', ['trace', 'silent'], ['verbose', 'INFO']],
    ['CREATE_SEARCH_ATTRIBUTES', ['true', 'false'], ['1', 'no', 'TRUE']],
    ['PAYLOAD_KEYS', [PAYLOAD_KEYS, ','], ['new', `new:${'A'.repeat(42)}`, 'new:secret']],
    [
      'OBSERVE_RUN_TYPES',
      ['TRACKED', 'TRACKED,TASK'],
      ['tracked', 'TRACKED,', ',', 'TRACKED TASK'],
    ],
  ])('takes %s of %j and refuses %j by name', (name, sound, malformed) => {
    for (const text of sound) expect(parseStarter({ [name]: text })).not.toThrow();
    for (const text of malformed)
      expect(messageOf(parseStarter({ [name]: text }))).toBe(
        `Cannot start starter: ${name} is malformed`,
      );
  });

  test.each([[{}], [{ ENVELOPE_SECRET: '' }], [{ ENVELOPE_SECRET: undefined }]])(
    'does not start without the secret: %j',
    (env) => {
      expect(messageOf(() => parseStarterConfig(env))).toBe(
        'Cannot start starter: ENVELOPE_SECRET is missing',
      );
    },
  );

  test('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(
      [
        'ENVELOPE_SECRET_PREVIOUS',
        'STARTER_PORT',
        'LOG_LEVEL',
        'OBSERVE_RUN_TYPES',
        'STARTER_HOST',
      ].map((name) => [name, '']),
    );
    expect(parseStarterConfig({ ...STARTER, ...empty })).toEqual(parseStarterConfig(STARTER));
  });

  test('names every fault in one message', () => {
    expect(messageOf(() => parseStarterConfig({ STARTER_PORT: 'x', SETTLE_MS: '0' }))).toBe(
      'Cannot start starter: STARTER_PORT is malformed, ENVELOPE_SECRET is missing, SETTLE_MS is malformed',
    );
  });
});

test.each([
  ['acme', ['acme']],
  [' acme, beta-2 ,c.d_e', ['acme', 'beta-2', 'c.d_e']],
])('SPACELIFT_ACCOUNTS of %j gives executions the task queues of %j', (text, accounts) => {
  const { settings } = parseStarterConfig({ ...STARTER, SPACELIFT_ACCOUNTS: text });
  expect(settings.accounts).toEqual(accounts);
});

test.each([',', 'acme,', 'acme;beta', '-acme', 'acme,acme', 'beta-2,beta_2', 'Acme,acme'])(
  'SPACELIFT_ACCOUNTS of %j is refused by starter and worker',
  (text) => {
    const env = { SPACELIFT_ACCOUNTS: text };
    expect(messageOf(parseStarter(env))).toBe(
      'Cannot start starter: SPACELIFT_ACCOUNTS is malformed',
    );
    expect(messageOf(parseWorker(env))).toBe(
      'Cannot start worker: SPACELIFT_ACCOUNTS is malformed',
    );
  },
);

describe('parseWorkerConfig()', () => {
  test('leaves silence to sweeps only where there are any', () => {
    const left = { ...WORKER, LEAVE_SILENCE_TO_SWEEPS: 'true' };
    expect(parseWorkerConfig(left).sweep.settings.watch).toMatchObject({
      leavesSilenceToSweeps: true,
    });
    expect(messageOf(() => parseWorkerConfig({ ...left, SWEEP_INTERVAL_MS: '0' }))).toBe(
      'Cannot start worker: LEAVE_SILENCE_TO_SWEEPS is true, and SWEEP_INTERVAL_MS is 0',
    );
  });

  test('has a default for everything but the Spacelift account', () => {
    expect(parseWorkerConfig(WORKER)).toEqual({
      logLevel: 'info',
      host: '127.0.0.1',
      port: 8790,
      sdkMetricsPort: 8791,
      payloadKeys: [],
      spacelift: [
        {
          account: 'acme',
          endpoint: 'https://acme.app.spacelift.io',
          keyId: '01KEY',
          keySecret: 'key-secret',
        },
      ],
      accounts: [],
      maxRequestsPerSecond: 20,
      deadlineMs: 30_000,
      sweep: {
        intervalMs: 300_000,
        observedRunTypes: ['TRACKED', 'TASK', 'DESTROY'],
        webhookIds: [],
        settings: parseStarterConfig({ ENVELOPE_SECRET: 'secret' }).settings,
      },
      maxCachedWorkflows: 500,
      outgoing: { allowPrivate: false, allowed: [] },
      reactions: undefined,
      temporalUiUrl: undefined,
      workflowBundle: undefined,
      deployment: undefined,
    });
  });

  test('reads every variable', () => {
    const parsed = parseWorkerConfig({
      ...WORKER,
      LOG_LEVEL: 'warn',
      WORKER_HOST: '0.0.0.0',
      WORKER_PORT: '1',
      WORKER_SDK_METRICS_PORT: '2',
      SPACELIFT_ACCOUNT: 'other',
      SPACELIFT_MAX_REQUESTS_PER_SECOND: '0.5',
      SPACELIFT_DEADLINE_MS: '3',
      MAX_CACHED_WORKFLOWS: '4',
      SPACELIFT_WEBHOOK_IDS: 'bridge, acme/other',
      SWEEP_INTERVAL_MS: '5',
      OBSERVE_RUN_TYPES: 'TRACKED',
      SETTLE_MS: '6',
      WORKFLOW_BUNDLE: 'dist/workflow.js',
      WORKER_DEPLOYMENT_NAME: 'spacelift-temporal',
      WORKER_BUILD_ID: '0.2.0',
      WORKER_VERSIONING: 'pinned',
      PAYLOAD_KEYS,
    });
    expect(parsed).toMatchObject({
      logLevel: 'warn',
      host: '0.0.0.0',
      port: 1,
      sdkMetricsPort: 2,
      payloadKeys: [{ id: 'new' }, { id: 'old' }],
      spacelift: [{ account: 'other', endpoint: 'https://acme.app.spacelift.io' }],
      maxRequestsPerSecond: 0.5,
      deadlineMs: 3,
      sweep: {
        intervalMs: 5,
        observedRunTypes: ['TRACKED'],
        webhookIds: ['bridge', 'acme/other'],
        settings: { settleMs: 6 },
      },
      maxCachedWorkflows: 4,
      workflowBundle: 'dist/workflow.js',
      deployment: {
        version: { deploymentName: 'spacelift-temporal', buildId: '0.2.0' },
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'PINNED',
      },
    });
  });

  test('a version has a name and a build id, and its executions move on unless told otherwise', () => {
    const name = { WORKER_DEPLOYMENT_NAME: 'spacelift-temporal' };
    const build = { WORKER_BUILD_ID: '0.2.0' };
    expect(messageOf(parseWorker(name))).toBe('Cannot start worker: WORKER_BUILD_ID is missing');
    expect(messageOf(parseWorker(build))).toBe(
      'Cannot start worker: WORKER_DEPLOYMENT_NAME is missing',
    );
    expect(parseWorkerConfig({ ...WORKER, ...name, ...build }).deployment).toMatchObject({
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    });
  });

  test.each([
    ['WORKER_PORT', ['0', '65535'], ['-1', '65536']],
    ['WORKER_SDK_METRICS_PORT', ['0', '65535'], ['-1', '65536']],
    [
      'SPACELIFT_API_KEY_ENDPOINT',
      ['http://127.0.0.1:9180', 'https://a.b/'],
      ['acme', 'mailto:a@b', 'ftp://a.b'],
    ],
    ['SPACELIFT_MAX_REQUESTS_PER_SECOND', ['0.1', '20', LARGEST], ['0', '0.09', '-1', TOO_LARGE]],
    ['SPACELIFT_DEADLINE_MS', ['1', LARGEST], ['0', TOO_LARGE]],
    ['MAX_CACHED_WORKFLOWS', ['2', LARGEST], ['0', '1', TOO_LARGE]],
    ['LOG_LEVEL', ['error'], ['loud']],
    ['SPACELIFT_WEBHOOK_IDS', ['', 'a', 'a-1,beta/b_2'], ['a b', 'a/b/c', ',a']],
    ['SWEEP_INTERVAL_MS', ['0', LARGEST], ['-1', TOO_LARGE]],
    ['WORKER_DEPLOYMENT_NAME', [], ['a.b', 'a b', 'a:b']],
    ['WORKER_VERSIONING', ['auto-upgrade', 'pinned'], ['PINNED', 'none']],
  ])('takes %s of %j and refuses %j by name', (name, sound, malformed) => {
    for (const text of sound) expect(parseWorker({ [name]: text })).not.toThrow();
    for (const text of malformed)
      expect(messageOf(parseWorker({ [name]: text }))).toBe(
        `Cannot start worker: ${name} is malformed`,
      );
  });

  test.each([
    ['https://acme.app.spacelift.io', 'acme'],
    ['https://acme.app.us.spacelift.io/', 'acme'],
    ['https://ACME.app.spacelift.io', 'acme'],
    ['https://spacelift', 'spacelift'],
  ])('takes the account from the host of %s: %s', (endpoint, account) => {
    const { spacelift } = parseWorkerConfig({ ...WORKER, SPACELIFT_API_KEY_ENDPOINT: endpoint });
    expect(spacelift.map((key) => key.account)).toEqual([account]);
  });

  test('takes the account from the host where SPACELIFT_ACCOUNT is empty', () => {
    const { spacelift } = parseWorkerConfig({ ...WORKER, SPACELIFT_ACCOUNT: '' });
    expect(spacelift.map(({ account }) => account)).toEqual(['acme']);
  });

  const BETA: Env = {
    SPACELIFT_API_KEY_ENDPOINT_BETA_2: 'https://beta-2.app.spacelift.io',
    SPACELIFT_API_KEY_ID_BETA_2: '01BETA',
    SPACELIFT_API_KEY_SECRET_BETA_2: 'beta-secret',
  };

  test('reads a key for each of several accounts, whatever stands under the plain names', () => {
    const { spacelift, accounts } = parseWorkerConfig({
      ...WORKER,
      ...BETA,
      SPACELIFT_ACCOUNTS: ' acme , beta-2',
      SPACELIFT_API_KEY_ENDPOINT_ACME: 'https://spacelift.acme.example.com',
      SPACELIFT_API_KEY_ID_ACME: '01ACME',
      SPACELIFT_API_KEY_SECRET_ACME: 'acme-secret',
    });
    expect(accounts).toEqual(['acme', 'beta-2']);
    expect(spacelift).toEqual([
      {
        account: 'acme',
        endpoint: 'https://spacelift.acme.example.com',
        keyId: '01ACME',
        keySecret: 'acme-secret',
      },
      {
        account: 'beta-2',
        endpoint: 'https://beta-2.app.spacelift.io',
        keyId: '01BETA',
        keySecret: 'beta-secret',
      },
    ]);
  });

  test('names what the key of one of several accounts lacks', () => {
    const env = { ...WORKER, ...BETA, SPACELIFT_ACCOUNTS: 'acme,beta-2' };
    expect(messageOf(() => parseWorkerConfig(env))).toBe(
      'Cannot start worker: SPACELIFT_API_KEY_ENDPOINT_ACME is missing, ' +
        'SPACELIFT_API_KEY_ID_ACME is missing, SPACELIFT_API_KEY_SECRET_ACME is missing',
    );
    const malformed = { ...BETA, SPACELIFT_API_KEY_ENDPOINT_BETA_2: 'beta' };
    expect(messageOf(() => parseWorkerConfig({ ...malformed, SPACELIFT_ACCOUNTS: 'beta-2' }))).toBe(
      'Cannot start worker: SPACELIFT_API_KEY_ENDPOINT_BETA_2 is malformed',
    );
  });

  test('names what is missing in one message', () => {
    expect(messageOf(() => parseWorkerConfig({}))).toBe(
      'Cannot start worker: SPACELIFT_API_KEY_ENDPOINT is missing, SPACELIFT_API_KEY_ID is missing, ' +
        'SPACELIFT_API_KEY_SECRET is missing',
    );
  });
});

test('ConfigurationError never tells a value', () => {
  const value = 'a-secret-in-the-wrong-place';
  const everywhere = (env: Env) =>
    Object.fromEntries(Object.keys(env).map((name) => [name, value]));
  const names = {
    STARTER_PORT: '',
    LOG_LEVEL: '',
    OBSERVE_RUN_TYPES: '',
    RETRY_BACKOFF_COEFFICIENT: '',
    WORKER_PORT: '',
    SPACELIFT_API_KEY_ENDPOINT: '',
    SPACELIFT_MAX_REQUESTS_PER_SECOND: '',
    MAX_CACHED_WORKFLOWS: '',
  };
  for (const parse of [parseStarterConfig, parseWorkerConfig]) {
    const message = messageOf(() => parse(everywhere(names)));
    expect(message).toContain('LOG_LEVEL is malformed');
    expect(message).not.toContain(value);
  }
});
