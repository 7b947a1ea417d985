/** The rows of the three tables: what they show, and the control routes their buttons call. */
import type { RunLine, StackLine, WebhookLine } from '../overview.ts';
import { create, createButton, type Row } from './elements.ts';
import { OUTCOMES } from './outcomes.ts';

export type Act = (method: 'POST' | 'DELETE', path: string, body: object, done: string) => void;

const ASKING = new Set(['UNCONFIRMED', 'PENDING_REVIEW']);
const BAD = new Set(['FAILED']);
const GOOD = new Set(['FINISHED']);
const QUIET = new Set(['NONE', 'QUEUED', 'DISCARDED', 'STOPPED', 'CANCELED', 'SKIPPED']);

const RUN_TYPES = ['TRACKED', 'PROPOSED', 'TASK', 'DESTROY'];
const DROP_ALL = { drop: 1 };

/** Enough of an id to tell runs apart: the end of a ULID is its random part. */
const shortOf = (id: string) => id.slice(-6);

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function createBadge(state: string) {
  const tone = ASKING.has(state)
    ? 'asking'
    : GOOD.has(state)
      ? 'good'
      : BAD.has(state)
        ? 'bad'
        : QUIET.has(state)
          ? 'quiet-state'
          : 'going';
  return create('span', { class: `badge ${tone}` }, state);
}

export const runRow = (run: RunLine, act: Act): Row => ({
  key: run.id,
  shown: JSON.stringify(run),
  cells: () => {
    const name = `run ${shortOf(run.id)} of ${run.stack}`;
    const link = create(
      'a',
      { href: `stack/${run.stack}/run/${run.id}`, title: run.id },
      create('code', {}, shortOf(run.id)),
    );
    const buttons = run.actions.map((action) =>
      createButton(capitalize(action), `${capitalize(action)} ${name}`, () =>
        act('POST', `runs/${run.id}/${action}`, {}, `${capitalize(action)}: ${name}`),
      ),
    );
    const marks = [
      ...(run.driftDetection ? ['drift'] : []),
      ...(run.isPrioritized ? ['prioritized'] : []),
      `by ${run.startedBy}`,
    ];
    const note = run.note === null ? null : create('div', { class: 'quiet' }, run.note);
    return [
      create('th', { scope: 'row' }, link),
      create('td', {}, run.stack),
      create('td', {}, run.type, create('div', { class: 'quiet' }, marks.join(', '))),
      create('td', {}, createBadge(run.state), note),
      create('td', { 'data-since': String(run.since) }),
      create('td', {}, run.waitsFor?.replaceAll('-', ' ') ?? ''),
      create('td', {}, create('div', { class: 'tools' }, ...buttons)),
    ];
  },
});

export const stackRow = (stack: StackLine, act: Act): Row => ({
  key: stack.id,
  shown: JSON.stringify(stack),
  cells: () => [
    create('th', { scope: 'row' }, stack.id),
    create('td', {}, createBadge(stack.state)),
    create('td', {}, settingsOf(stack).join(', ')),
    create('td', {}, createOutcomeTools(stack, act)),
    create('td', {}, createStackTools(stack, act)),
  ],
});

const settingsOf = (stack: StackLine): readonly string[] => [
  ...(stack.isModule ? ['module'] : []),
  ...(stack.autodeploy ? ['autodeploy'] : []),
  ...(stack.isLocked ? ['locked'] : []),
  ...(stack.isDisabled ? ['disabled'] : []),
  ...(stack.isDrifted ? ['drifted'] : []),
  ...(stack.hasPlan ? ['random plan'] : []),
  ...(stack.approvals.length > 0 ? [`approval when ${stack.approvals.join(', ')}`] : []),
  ...(stack.dependsOn.length > 0 ? [`depends on ${stack.dependsOn.join(', ')}`] : []),
];

function createOutcomeTools({ id, scriptsWaiting }: StackLine, act: Act) {
  const select = createSelect(`Outcome of the next run of ${id}`, Object.keys(OUTCOMES));
  const set = createButton('Set', `Set the outcome of the next run of ${id}`, () =>
    act(
      'POST',
      `stacks/${id}/script`,
      { ...OUTCOMES[select.value], runs: 1 },
      `The next run of ${id} ${select.value}`,
    ),
  );
  const waiting =
    scriptsWaiting > 0 ? create('div', { class: 'quiet' }, `${scriptsWaiting} set`) : null;
  return create('div', {}, create('div', { class: 'tools' }, select, set), waiting);
}

function createStackTools({ id, isLocked, isModule }: StackLine, act: Act) {
  const select = createSelect(
    `Type of a run to start on ${id}`,
    isModule ? ['TESTING'] : RUN_TYPES,
  );
  const start = createButton('Start', `Start a run on ${id}`, () =>
    act(
      'POST',
      `stacks/${id}/runs`,
      { type: select.value, command: select.value === 'TASK' ? 'terraform refresh' : null },
      `Started a ${select.value} run on ${id}`,
    ),
  );
  const lock = isLocked
    ? createButton('Unlock', `Unlock ${id}`, () =>
        act('DELETE', `stacks/${id}/lock`, {}, `Unlocked ${id}`),
      )
    : createButton('Lock', `Lock ${id}`, () =>
        act('POST', `stacks/${id}/lock`, {}, `Locked ${id}`),
      );
  return create('div', { class: 'tools' }, select, start, lock);
}

function createSelect(label: string, options: readonly string[]) {
  return create(
    'select',
    { 'aria-label': label },
    ...options.map((option) => create('option', { value: option }, option)),
  );
}

export const webhookRow = (webhook: WebhookLine, act: Act): Row => ({
  key: webhook.id,
  shown: JSON.stringify(webhook),
  cells: () => {
    const { id, enabled, consecutiveFailures, stack } = webhook;
    const faults = Object.entries(webhook.faults).filter(([, value]) => value > 0);
    const turn = enabled ? 'disable' : 'enable';
    const failures = consecutiveFailures > 0 ? `${consecutiveFailures} failures in a row` : '';
    const setFaults = (text: string, body: object) =>
      createButton(text, `${text}: ${id}`, () =>
        act('POST', `webhooks/${id}/faults`, body, `${text}: ${id}`),
      );
    return [
      create('th', { scope: 'row' }, id),
      create('td', { class: 'address' }, create('code', {}, webhook.url)),
      create('td', {}, stack === null ? webhook.family : `${webhook.family}, of ${stack}`),
      create(
        'td',
        {},
        create('span', { class: `badge ${enabled ? 'good' : 'bad'}` }, enabled ? 'on' : 'off'),
        create('div', { class: 'quiet' }, failures),
      ),
      create('td', {}, faults.map(([name, value]) => `${name} ${value}`).join(', ') || 'none'),
      create(
        'td',
        {},
        create(
          'div',
          { class: 'tools' },
          createButton(capitalize(turn), `${capitalize(turn)} ${id}`, () =>
            act('POST', `webhooks/${id}/${turn}`, {}, `${capitalize(turn)}d ${id}`),
          ),
          faults.length > 0 ? setFaults('No faults', {}) : setFaults('Drop all', DROP_ALL),
        ),
      ),
    ];
  },
});
