import { describe, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../../shared/contract/names.ts';
import { searchAttributePairs } from '../../../shared/workflow/search-attributes.ts';
import {
  type ExecutionStart,
  startOfEvent,
  startOfIntent,
  startOfLane,
  startOfRun,
} from '../../../shared/workflow/start.ts';
import {
  auditEvent,
  moduleVersionEvent,
  INTERNAL_ERROR,
  intentEvent,
  stackEvent,
} from '../../events.ts';
import { SETTINGS } from './settings.ts';

const RUN = { account: 'demo', stackId: 'app', runId: '01RUN' };
const DELIVERY = { key: 'stack/demo/app/body.0.1', deliveryId: 'd1', traceId: '0'.repeat(32) };
const INTENT = intentEvent('app', 'key.deploy-7', { runType: 'DESTROY' });
const STACK_EVENT = stackEvent('app');

const attributesOf = ({ searchAttributes }: ExecutionStart) =>
  Object.fromEntries(searchAttributes.map(({ key, value }) => [key.name, value]));

describe('startOfRun()', () => {
  test('starts one execution a run, named after it', () => {
    expect(startOfRun(RUN, SETTINGS)).toMatchObject({
      workflowType: 'SpaceliftWebhookWorkflow',
      workflowId: 'spacelift/demo/app/run/01RUN',
      input: { kind: 'run', ...RUN, settings: SETTINGS },
      summary: 'Follows run 01RUN of app',
    });
  });

  test('gives the same start to whoever comes first, news or not', () => {
    const news = startOfRun(RUN, SETTINGS, { state: 'PLANNING', type: 'progressed' });
    const { searchAttributes: _, ...start } = startOfRun(RUN, SETTINGS);
    expect(news).toMatchObject(start);
    expect(attributesOf(news)).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftStack: 'app',
      SpaceliftRun: '01RUN',
      SpaceliftState: 'PLANNING',
      SpaceliftEventType: 'progressed',
    });
    expect(attributesOf(startOfRun(RUN, SETTINGS))).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftStack: 'app',
      SpaceliftRun: '01RUN',
    });
  });

  test('links to the page of the run where the news tells of it', () => {
    const news = { state: 'PLANNING', type: 'progressed' };
    const url = 'https://acme.app.spacelift.io/stack/app/run/01RUN';
    expect(startOfRun(RUN, SETTINGS, { ...news, url }).details).toBe(`Run: [01RUN](${url})`);
    expect(startOfRun(RUN, SETTINGS, { ...news, url: null })).not.toHaveProperty('details');
  });

  test('takes nothing of the event into the input but the names', () => {
    const event = {
      ...RUN,
      state: 'QUEUED',
      type: 'progressed',
      commit: 'abc1234',
      url: 'http://x',
    };
    expect(startOfRun(event, SETTINGS, event).input).toStrictEqual({
      kind: 'run',
      ...RUN,
      settings: SETTINGS,
    });
  });
});

describe('startOfIntent()', () => {
  test('starts one execution an intent, named after its key', () => {
    const start = startOfIntent(INTENT, DELIVERY, SETTINGS);
    expect(start).toMatchObject({
      workflowType: 'SpaceliftWebhookWorkflow',
      workflowId: 'spacelift/demo/app/trigger/key.deploy-7',
      input: { kind: 'intent', event: INTENT, delivery: DELIVERY, settings: SETTINGS },
      summary: 'Wants a DESTROY run of app',
    });
    expect(attributesOf(start)).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftStack: 'app',
      SpaceliftEventType: 'triggered',
    });
  });
});

describe('startOfEvent()', () => {
  test('starts one execution a delivery of a stack event', () => {
    const start = startOfEvent(STACK_EVENT, DELIVERY, SETTINGS);
    expect(start).toMatchObject({
      workflowType: 'SpaceliftWebhookWorkflow',
      workflowId: `spacelift/demo/app/event/${DELIVERY.key}`,
      input: { kind: 'event', event: STACK_EVENT },
      summary: 'Records failed of app',
    });
    expect(attributesOf(start)).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftStack: 'app',
      SpaceliftEventType: 'failed',
    });
  });

  test('names no stack where the event concerns none', () => {
    const start = startOfEvent(INTERNAL_ERROR, { ...DELIVERY, key: 'account/demo/x' }, SETTINGS);
    expect(start.workflowId).toBe('spacelift/demo/-/event/account/demo/x');
    expect(start.summary).toBe('Records internal_error of demo');
    expect(attributesOf(start)).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftEventType: 'internal_error',
    });
  });
});

describe('startOfEvent() of news without a stack', () => {
  test('takes the module for the stack', () => {
    const key = 'module/demo/vpc/01VERSION/ACTIVE';
    const start = startOfEvent(moduleVersionEvent('vpc'), { ...DELIVERY, key }, SETTINGS);
    expect(start.workflowId).toBe(`spacelift/demo/vpc/event/${key}`);
    expect(start.summary).toBe('Records module_version of vpc');
    expect(attributesOf(start)).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftStack: 'vpc',
      SpaceliftEventType: 'module_version',
    });
  });

  test('takes the account for an entry of the audit trail', () => {
    const start = startOfEvent(auditEvent(), { ...DELIVERY, key: 'audit/demo/x' }, SETTINGS);
    expect(start.workflowId).toBe('spacelift/demo/-/event/audit/demo/x');
    expect(start.summary).toBe('Records audit of demo');
    expect(attributesOf(start)).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftEventType: 'audit',
    });
  });
});

describe('startOfLane()', () => {
  test('starts one execution a stack', () => {
    const start = startOfLane({ account: 'demo', stackId: 'app' }, SETTINGS);
    expect(start).toMatchObject({
      workflowType: 'SpaceliftLaneWorkflow',
      workflowId: 'spacelift/demo/app/lane',
      input: { account: 'demo', stackId: 'app', settings: SETTINGS },
    });
    expect(attributesOf(start)).toEqual({ SpaceliftAccount: 'demo', SpaceliftStack: 'app' });
  });
});

describe('searchAttributePairs()', () => {
  test('leaves out what the namespace has not registered', () => {
    const registered = [SEARCH_ATTRIBUTES.stack];
    const settings = { ...SETTINGS, searchAttributes: registered };
    expect(attributesOf(startOfRun(RUN, settings))).toEqual({ SpaceliftStack: 'app' });
    expect(startOfRun(RUN, { ...SETTINGS, searchAttributes: [] }).searchAttributes).toEqual([]);
  });

  test('leaves out what has no value', () => {
    const registered = Object.values(SEARCH_ATTRIBUTES);
    expect(searchAttributePairs({ account: 'demo', stack: null }, registered)).toHaveLength(1);
  });

  test('makes keywords of all', () => {
    const registered = Object.values(SEARCH_ATTRIBUTES);
    for (const { key } of searchAttributePairs({ account: 'a', outcome: 'b' }, registered))
      expect(key.type).toBe('KEYWORD');
  });
});
