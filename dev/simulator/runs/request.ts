/** A wish for a run, filled up with what nobody asked for. */
import type { RunRequest, RuntimeConfig } from '../model.ts';

const HOOKS = [
  'after_apply',
  'after_destroy',
  'after_init',
  'after_perform',
  'after_plan',
  'after_run',
  'before_apply',
  'before_destroy',
  'before_init',
  'before_perform',
  'before_plan',
] as const;

const LOOPBACK = '127.0.0.1';

const PLAIN_RUNTIME_CONFIG: RuntimeConfig = {
  environment: {},
  projectRoot: '',
  runnerImage: '',
  terraformVersion: '1.5.7',
  hooks: Object.fromEntries(HOOKS.map((hook) => [hook, []])),
  yaml: null,
};

type Wanted = Pick<RunRequest, 'type' | 'commit' | 'triggeredBy'>;

export const createRequest = (
  wanted: Wanted & Partial<Omit<RunRequest, 'runtimeConfig'>>,
  runtimeConfig: Partial<RuntimeConfig> = {},
): RunRequest => ({
  creatorIp: LOOPBACK,
  command: null,
  skipInitialization: false,
  forceApply: false,
  forcesDependents: false,
  externalDependencies: [],
  driftDetection: false,
  userMetadata: [],
  startsDependents: true,
  ...wanted,
  runtimeConfig: {
    ...PLAIN_RUNTIME_CONFIG,
    ...runtimeConfig,
    hooks: { ...PLAIN_RUNTIME_CONFIG.hooks, ...runtimeConfig.hooks },
  },
});
