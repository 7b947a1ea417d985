import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Authority } from '../../../dev/simulator/api/auth.ts';
import { FaultBook } from '../../../dev/simulator/api/fault-book.ts';
import { createControl } from '../../../dev/simulator/control/control.ts';
import { Journal } from '../../../dev/simulator/journal.ts';
import { completeOptions, readEnv } from '../../../dev/simulator/options.ts';
import { RunEngine } from '../../../dev/simulator/runs/engine.ts';
import { serveSimulator } from '../../../dev/simulator/serve.ts';
import { SwitchesSchema } from '../../../dev/simulator/switches.ts';
import { WebhookRegistry } from '../../../dev/simulator/webhooks/registry.ts';
import { capturesOf, read } from '../../deploy/files.ts';

const page = read('docs/simulator.md');
const run = promisify(execFile);

const sectionOf = (heading: string) => {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  return section.split('\n## ')[0] ?? '';
};

/** Names at the beginning of a table's rows. */
const namesIn = (section: string, name: RegExp) =>
  capturesOf(section, /^\| ([^|]+) \|/gm).flatMap((cell) => capturesOf(cell, name));

const blocks = capturesOf(page, /^```\n([\s\S]*?)^```/gm);

describe('docs/simulator.md', () => {
  it('has every switch with its default, and no other', () => {
    const switches = Object.entries(completeOptions({}).switches);
    const section = sectionOf('Switches');
    expect(namesIn(section, /`(\w+)`/g).toSorted()).toEqual(
      Object.keys(SwitchesSchema.entries).toSorted(),
    );
    for (const [name, value] of switches) {
      if (name === 'errorTexts') continue;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      const shown = new RegExp(`\\| \`${name}\` \\| \`?([^|]*?)\`? \\|`).exec(section)?.[1];
      expect(shown?.replaceAll(' ', ''), name).toBe(text);
    }
  });

  it('names only switches that there are for what is unknown', () => {
    const named = capturesOf(sectionOf('What is unknown'), /\| `(\w+)` \|$/gm);
    expect(named.length).toBeGreaterThan(10);
    expect(Object.keys(SwitchesSchema.entries)).toEqual(expect.arrayContaining([...named]));
  });

  it('has every variable, and no other', () => {
    const known = capturesOf(
      readFileSync(new URL('../../../dev/simulator/options.ts', import.meta.url), 'utf8'),
      /^ {2}((?:SIMULATOR|SPACELIFT)_[A-Z_]+):/gm,
    );
    expect(known.length).toBeGreaterThan(8);
    const named = namesIn(sectionOf('Environment'), /`([A-Z_]+)`/g);
    expect(named.filter((name) => name !== 'LOG_LEVEL').toSorted()).toEqual(known.toSorted());
  });

  it('has every control route, and no other', () => {
    const options = completeOptions({});
    const control = createControl({
      engine: new RunEngine(options),
      webhooks: new WebhookRegistry(),
      authority: new Authority(options),
      faults: new FaultBook(options),
      journal: new Journal(),
      options,
    });
    const routes = control.routes.map(
      ({ method, path }) => `${method} /control${path.replace(/\/$/, '')}`,
    );
    expect(routes.length).toBeGreaterThan(30);
    const named = namesIn(sectionOf('Control API'), /`((?:GET|POST|DELETE) [^`]+)`/g);
    expect(named.toSorted()).toEqual(routes.toSorted());
  });

  it('has examples that work, in their order', async () => {
    const simulator = await serveSimulator({ stateMs: 1, speed: 100 });
    try {
      const examples = blocks.filter((block) => block.includes('curl '));
      expect(examples.length).toBeGreaterThan(4);
      for (const example of examples) {
        const script = example
          .replaceAll('curl -s ', 'curl -sS --fail-with-body ')
          .replaceAll('localhost:9180', simulator.url);
        await run('bash', ['-euo', 'pipefail', '-c', script]);
        await new Promise((resolve) => {
          setTimeout(resolve, 100);
        });
      }
      const runs = (await (await fetch(`${simulator.url}/control/runs`)).json()) as {
        state: string;
      }[];
      expect(runs[0]?.state).toBe('FINISHED');
    } finally {
      await simulator.close();
    }
  });

  it('has a start with variables that are understood', async () => {
    const start = blocks.find((block) => block.includes('SIMULATOR_PLAN=')) ?? '';
    const script = start.replace('npm run simulator', 'env');
    const { stdout } = await run('bash', ['-euc', script], { env: { PATH: process.env['PATH'] } });
    const env = Object.fromEntries(
      stdout.split('\n').map((line) => [line.split('=')[0], line.slice(line.indexOf('=') + 1)]),
    );
    expect(readEnv(env)).toMatchObject({
      seed: 7,
      speed: 5,
      stateDurations: { APPLYING: 5000 },
      plan: { outcomes: { finished: 3, failed: 1 } },
    });
  });
});
