/** The schema, by introspection, against what official clients send and read: written down from those, not from it. */
import {
  buildClientSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
  isInputObjectType,
  isObjectType,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

/** Arguments as they are declared, and what comes back. */
const MUTATIONS: Readonly<Record<string, string>> = {
  apiKeyUser: '(id: ID!, secret: String!) User',
  oauthUser: '(token: String!) User',
  runTrigger:
    '(stack: ID!, commitSha: String, runType: RunType, runtimeConfig: RuntimeConfigInput, forceApply: ForceApplyMode) Run',
  runTriggerBatch: '(input: RunTriggerBatchInput!) RunTriggerBatchResult',
  runConfirm: '(stack: ID!, run: ID, note: String) Run',
  runDiscard: '(stack: ID!, run: ID, note: String) Run',
  runDiscardAll: '(stack: ID!, note: String) RunDiscardAllResult',
  runReview: '(stack: ID!, run: ID, decision: RunReviewDecision!, note: String) RunReview',
  runCancel: '(stack: ID!, run: ID!, note: String) Run',
  runStop: '(stack: ID!, run: ID!, note: String) Run',
  runKill: '(stack: ID!, run: ID!, note: String) Run',
  runRetry: '(stack: ID!, run: ID!) Run',
  runPromote: '(stack: ID!, run: ID!) Run',
  runTargetedReplan: '(stack: ID!, run: ID!, targets: [String!]!) Run',
  runPrioritizeSet: '(stack: ID!, run: ID!, prioritize: Boolean!) Run',
  runPrioritySet: '(stack: ID!, run: ID!, preset: RunPriorityPreset!) Run',
  runComment: '(stack: ID!, run: ID!, body: String!) RunComment',
  taskCreate: '(stack: ID!, command: String!, skipInitialization: Boolean) Run',
  proposeWithOverrides:
    '(stack: ID!, commitSha: String, environmentVarsOverrides: [EnvironmentVariable!]) Run',
  runResourceCreate: '(stack: ID!, commitSha: String, proposed: Boolean) ID',
  runExternalDependencyMarkAsCompleted:
    '(dependency: ID!, status: RunExternalDependencyStatus!) RunExternalDependency',
  versionCreate: '(module: ID!, commitSha: String, version: String) Version',
  versionTrigger: '(id: ID!, module: ID!) Version',
  stackLock: '(id: ID!, note: String) Stack',
  stackUnlock: '(id: ID!) Stack',
  stackSetCurrentCommit: '(id: ID!, sha: String!) Stack',
  stackSyncCommit: '(id: ID!) Stack',
  namedWebhooksIntegrationCreate:
    '(input: NamedWebhooksIntegrationInput!) NamedWebhooksIntegration',
  namedWebhooksIntegrationUpdate:
    '(id: ID!, input: NamedWebhooksIntegrationInput!) NamedWebhooksIntegration',
  namedWebhooksIntegrationDelete: '(id: ID!) NamedWebhooksIntegration',
  namedWebhooksIntegrationSetHeaders:
    '(id: ID!, input: NamedWebhookHeaderInput!) NamedWebhooksIntegration',
  namedWebhooksIntegrationDeleteHeaders:
    '(id: ID!, headerKeys: [String!]!) NamedWebhooksIntegration',
  webhooksIntegrationCreate: '(stack: ID!, input: WebhooksIntegrationInput!) WebhooksIntegration',
  webhooksIntegrationUpdate:
    '(stack: ID!, id: ID!, input: WebhooksIntegrationInput!) WebhooksIntegration',
  webhooksIntegrationDelete: '(stack: ID!, id: ID!) WebhooksIntegration',
  stackDependencyCreate: '(input: StackDependencyInput!) StackDependency',
  stackDependencyDelete: '(id: ID!) StackDependency',
  stackDependenciesAddReference:
    '(stackDependencyID: ID!, reference: StackDependencyReferenceInput!) StackDependencyReference',
};

const QUERIES: Readonly<Record<string, string>> = {
  viewer: '() Viewer',
  debugInfo: '() DebugInfo',
  stack: '(id: ID!) Stack',
  stacks: '() [Stack!]!',
  run: '(id: ID!) Run',
  runStack: '(runId: ID!) Stack',
  searchStacks: '(input: SearchInput!) SearchStacksOutput!',
  searchRuns: '(input: SearchInput!, offset: Int) SearchRunsOutput!',
  module: '(id: ID!) Module',
  outgoingIPAddresses: '() [String!]!',
  namedWebhooksIntegration: '(id: ID!) NamedWebhooksIntegration',
  searchNamedWebhooksIntegrations: '(input: SearchInput!) SearchNamedWebhooksIntegrationsOutput!',
};

/** Fields that clients select, by type; a type after a colon where it is known. */
const FIELDS: Readonly<Record<string, string>> = {
  User: 'id: ID! jwt: String validUntil: Int',
  Viewer: 'id: ID! name: String! admin: Boolean!',
  Stack: `id: ID! name: String! space: ID! spaceDetails: Space! labels: [String!]! state: StackState!
    stateIsTerminal: Boolean! stateSetAt: Int blocked: Boolean! blocker: Run needsApproval: Boolean!
    autodeploy: Boolean! isDisabled: Boolean! lockedBy: String lockedAt: Int branch: String! repository: String!
    trackedCommit: Commit vendorConfig workerPool: WorkerPool isDrifted: Boolean!
    dependsOn: [StackDependency!]! isDependedOnBy: [StackDependency!]! run: Run
    runResourceState: RunResourceState runs: [Run!]! proposedRuns: [Run!]! tasks: [Run!]!`,
  Space: 'id: ID! name: String! parentSpace: ID',
  StackDependency: 'id: ID! stack: Stack! dependsOnStack: Stack!',
  Run: `id: ID! type: RunType! state: RunState! title: String! branch: String! createdAt: Int! updatedAt: Int!
    triggeredBy: String driftDetection: Boolean! needsApproval: Boolean! canRetry: Boolean! canConfirm: Boolean!
    expired: Boolean! isMostRecent: Boolean! stackId: ID! commit: Commit! delta: RunDelta
    history: [RunStateTransition!]! logs: RunLogs changesV3`,
  RunDelta:
    'addCount: Int! changeCount: Int! deleteCount: Int! importCount: Int! moveCount: Int! resources: Int!',
  RunStateTransition: `state: RunState! stateVersion: Int! terminal: Boolean! hasLogs: Boolean! note: String
    timestamp: Int! username: String`,
  RunLogs: `exists: Boolean! expired: Boolean! finished: Boolean! hasMore: Boolean! nextToken: String
    messages: [RunLogMessage!]!`,
  RunLogMessage: 'timestamp message: String!',
  RunResourceState: 'id: ID! state: RunState! finished: Boolean!',
  RunReview: 'id: ID! author decision note state timestamp: Int!',
  RunDiscardAllResult: 'discardedRuns: [Run!]! failedDiscarding: [Run!]!',
  RunTriggerBatchResult: 'runs: [TriggeredRun!]!',
  TriggeredRun: 'runId: ID! run: Run',
  RunComment: 'body: String! createdAt: Int! username: String!',
  RunExternalDependency: 'phantom: Boolean! status',
  NamedWebhooksIntegration: `id: ID! name: String! endpoint: String! enabled: Boolean! labels: [String!]!
    space: Space! secret: String secretHeaders: [String!]! retryOnFailure createdAt: Int!`,
  StackDependencyReference: 'id: ID! outputName: String! inputName: String! type triggerAlways',
  Version: 'id: ID! number: String! state',
  Module: 'version: Version',
  SearchStacksOutput: 'edges: [SearchStacksEdge!]! pageInfo: PageInfo!',
  SearchStacksEdge: 'cursor: String! node: Stack!',
  SearchRunsOutput: 'edges: [SearchRunsEdge!]! pageInfo: PageInfo! total',
  SearchRunsNode: 'run: Run! stack: Stack! isModule: Boolean!',
  PageInfo: 'endCursor: String! hasNextPage: Boolean! hasPreviousPage: Boolean!',
};

/** Arguments of fields. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  'Stack.run': '(id: ID!)',
  'Stack.runResourceState': '(id: ID!)',
  'Stack.runs': '(before: ID)',
  'Stack.proposedRuns': '(before: ID)',
  'Stack.tasks': '(before: ID)',
  'Run.logs': '(state: RunState!, token: String, stateVersion: Int)',
  'Module.version': '(id: ID!)',
};

const INPUTS: Readonly<Record<string, string>> = {
  SearchInput:
    'first: Int after: String fullTextSearch: String predicates: [QueryPredicate!] orderBy: QueryOrder',
  QueryPredicate: 'field: String! exclude: Boolean constraint: QueryFieldConstraint!',
  QueryFieldConstraint: 'booleanEquals: [Boolean!] enumEquals: [String!] stringMatches: [String!]',
  RunTriggerBatchInput: 'stacks: [RunTriggerBatchStack!]! forceApply: ForceApplyMode',
  RunTriggerBatchStack: 'stack: ID! commitSha: String',
  RuntimeConfigInput: `yaml: String environment: [EnvironmentVariable!] projectRoot: String runnerImage: String
    afterApply: [String!] beforeInit: [String!]`,
  NamedWebhooksIntegrationInput: `enabled: Boolean! endpoint: String! space: ID! name: String! secret: String
    labels: [String!]! retryOnFailure: Boolean`,
  NamedWebhookHeaderInput: 'entries: [KeyValuePair!]!',
  KeyValuePair: 'key: String! value: String!',
  WebhooksIntegrationInput:
    'enabled: Boolean! endpoint: String! secret: String retryOnFailure: Boolean',
  StackDependencyInput: 'stackId: ID! dependsOnStackId: ID! triggerAlways: Boolean',
  StackDependencyReferenceInput:
    'outputName: String! inputName: String! type triggerAlways: Boolean',
  EnvironmentVariable: 'key: String! value: String!',
};

const ENUMS: Readonly<Record<string, readonly string[]>> = {
  RunType: ['PROPOSED', 'TRACKED', 'TASK', 'TESTING', 'DESTROY', 'PARSE'],
  ForceApplyMode: ['SINGLE', 'CASCADE'],
  RunReviewDecision: ['APPROVE', 'REJECT'],
  RunExternalDependencyStatus: ['FINISHED', 'FAILED', 'SKIPPED'],
};

let schema: GraphQLSchema;
beforeAll(async () => {
  const { ask, close } = startSimulator();
  // Without credentials, as on the public demo account.
  const { data } = await ask(getIntrospectionQuery());
  schema = buildClientSchema(data as unknown as IntrospectionQuery);
  await close();
});

function fieldsOf(type: string) {
  const named = schema.getType(type);
  if (!isObjectType(named) && !isInputObjectType(named)) throw new Error(`no type ${type}`);
  return named.getFields();
}

function argumentsOf(type: string, field: string): string {
  const found = fieldsOf(type)[field];
  if (found === undefined || !('args' in found)) return 'missing';
  return `(${found.args.map(({ name, type }) => `${name}: ${String(type)}`).join(', ')})`;
}

/** `name: Type` or a bare name, as written in the tables. */
const wantedOf = (text: string) =>
  [...text.matchAll(/(\w+)(?:: (\S+))?/g)].map(([, name = '', type]) => ({ name, type }));

const flatten = (table: Readonly<Record<string, string>>) =>
  Object.entries(table).flatMap(([type, text]) =>
    wantedOf(text).map(({ name, type: wanted }) => [type, name, wanted ?? null] as const),
  );

describe('roots', () => {
  it.each(Object.entries(MUTATIONS))('Mutation.%s %s', (name, wanted) => {
    expect(`${argumentsOf('Mutation', name)} ${String(fieldsOf('Mutation')[name]?.type)}`).toBe(
      wanted,
    );
  });

  it.each(Object.entries(QUERIES))('Query.%s %s', (name, wanted) => {
    expect(`${argumentsOf('Query', name)} ${String(fieldsOf('Query')[name]?.type)}`).toBe(wanted);
  });
});

describe('types', () => {
  it.each([...flatten(FIELDS), ...flatten(INPUTS)])('%s.%s: %s', (type, name, wanted) => {
    const field = fieldsOf(type)[name];
    expect(field).toBeDefined();
    if (wanted !== null) expect(String(field?.type)).toBe(wanted);
  });

  it.each(Object.entries(ARGUMENTS))('%s takes %s', (path, wanted) => {
    const [type = '', field = ''] = path.split('.');
    expect(argumentsOf(type, field)).toBe(wanted);
  });

  it.each(Object.entries(ENUMS))('%s has the values %s', (name, values) => {
    const type = schema.getType(name);
    const found = type !== undefined && 'getValues' in type ? type.getValues() : [];
    expect(found.map((value) => value.name).toSorted()).toEqual(values.toSorted());
  });
});
