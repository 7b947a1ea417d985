/** A launcher to be killed: prints the ids of its part and of the part's child, then waits. */
import { tmpdir } from 'node:os';
import { createSupervisor } from '../../../dev/launcher/processes.ts';
import { inheritedEnv } from '../../../dev/launcher/toolchain.ts';

const supervisor = createSupervisor({ logDirectory: tmpdir(), onDeath: () => {} });
const part = supervisor.add({
  name: 'launcher-of-one',
  command: 'sh',
  args: ['-c', 'sleep 300 & echo "$!"; echo ready; wait'],
  env: inheritedEnv(process.env),
  readiness: { by: 'line', pattern: /^ready$/ },
});
await part.start();
process.stdout.write(`${part.pid}\n${part.lastLines()[0]}\n`);
