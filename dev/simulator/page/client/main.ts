/** The page's script: asks for the overview every second while the page is seen, fills the tables, carries out buttons. */
import type { Overview } from '../overview.ts';
import { fillTable, requireElement } from './elements.ts';
import { type Act, runRow, stackRow, webhookRow } from './rows.ts';

const POLL_MS = 1000;

const tables = {
  runs: requireElement('runs', HTMLTableSectionElement),
  stacks: requireElement('stacks', HTMLTableSectionElement),
  webhooks: requireElement('webhooks', HTMLTableSectionElement),
};
const onlyOpen = requireElement('only-open', HTMLInputElement);
const summary = requireElement('summary', HTMLParagraphElement);
const message = requireElement('message', HTMLParagraphElement);

function tell(text: string, isRefused: boolean): void {
  message.textContent = text;
  message.classList.toggle('refused', isRefused);
}

const act: Act = (method, path, body, done) => {
  void (async () => {
    try {
      const response = await fetch(`control/${path}`, { method, body: JSON.stringify(body) });
      const answer = (await response.text()) || '{}';
      const { error } = JSON.parse(answer) as { error?: string };
      tell(error ?? done, error !== undefined);
      await refresh();
    } catch {
      tell('The simulator does not answer', true);
    }
  })();
};

async function refresh(): Promise<void> {
  const response = await fetch('control/overview');
  show((await response.json()) as Overview);
}

function show(overview: Overview): void {
  const { account, counts, hasPlan, now, runs, seed, speed } = overview;
  const { open, ended } = counts.runs;
  const { delivered, dropped, failed, pending } = counts.deliveries;
  summary.textContent =
    `Account ${account} · seed ${seed} · speed ${speed}${hasPlan ? ' · random plan' : ''} · ` +
    `${open} runs open, ${ended} ended · deliveries: ${delivered} delivered, ${failed} failed, ` +
    `${dropped} dropped, ${pending} pending`;
  const shown = onlyOpen.checked ? runs.filter(({ actions }) => actions.length > 0) : runs;
  fillTable(
    tables.runs,
    shown.map((run) => runRow(run, act)),
  );
  fillTable(
    tables.stacks,
    overview.stacks.map((stack) => stackRow(stack, act)),
  );
  fillTable(
    tables.webhooks,
    overview.webhooks.map((webhook) => webhookRow(webhook, act)),
  );
  for (const cell of document.querySelectorAll<HTMLElement>('[data-since]'))
    cell.textContent = ageText(now - Number(cell.dataset['since']));
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

async function poll(): Promise<void> {
  try {
    if (!document.hidden) await refresh();
  } catch {
    summary.textContent = 'The simulator does not answer';
  }
  setTimeout(() => void poll(), POLL_MS);
}

onlyOpen.addEventListener('change', () => void refresh());
void poll();
