/** `npm run inbox`: the operator routes from a shell. Exit code 0 fine, 1 refused or failed, 2 usage. */
import { join } from 'node:path';
import { type Command, parseCommand } from './arguments.ts';
import { createInboxClient } from './client.ts';
import { counts } from './commands/counts.ts';
import { list } from './commands/list.ts';
import { redeliver } from './commands/redeliver.ts';
import { show } from './commands/show.ts';
import { findConnection } from './connection.ts';
import { CommandFailure, EXIT, type ExitCode } from './failure.ts';
import { createScreen, type Screen } from './screen.ts';
import { usageOf } from './usage.ts';

/** Where `npm start` keeps what must outlive it. */
const LAPTOP_STATE = join(import.meta.dirname, '..', '.dev');

const screen = createScreen();
try {
  process.exitCode = await run(parseCommand(process.argv.slice(2)), screen);
} catch (error) {
  if (!(error instanceof CommandFailure)) throw error;
  screen.complain(error.message);
  if (error.exitCode === EXIT.usage) screen.remark('npm run inbox -- --help');
  process.exitCode = error.exitCode;
}

async function run(command: Command, screen: Screen): Promise<ExitCode> {
  if (command.name === 'help') {
    screen.print(usageOf(command.about));
    return EXIT.fine;
  }
  const client = createInboxClient(await findConnection(process.env, LAPTOP_STATE));
  switch (command.name) {
    case 'list':
      return list(command, client, screen);
    case 'show':
      return show(command, client, screen);
    case 'counts':
      return counts(command, client, screen);
    case 'redeliver':
      return redeliver(command, client, screen);
  }
}
