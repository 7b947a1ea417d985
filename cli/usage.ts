/** What `--help` says. */
import type { CommandName } from './arguments.ts';

const OPENING = `npm run inbox -- <command> [options]

  list        deliveries, newest first in each inbox
  show        one delivery with its attempts, envelope and body
  redeliver   send deliveries again
  counts      how many deliveries stand how, inbox by inbox`;

const WHERE = `
  --account=NAME        all inboxes of the account
  --stack=ID            the inbox of the stack; needs --account
  --inbox=NAME          one inbox: <account>/<stack>, <account>/- or webhook:<name>`;

const WHICH = `
  --status=STATUS       pending, delivered, parked or unparsed
  --type=TYPE           event type: triggered, completed, failed, …
  --since=TIME          received then or later: 15m, 2h, 7d, or 2026-11-23T08:00Z
  --until=TIME          received before
  --limit=N             at most so many, over as many pages as it takes (default 50)
  --cursor=CURSOR       go on where an earlier list ended`;

const CLOSING = `
  --json                for programs: the edge's own answer (docs/openapi.json)
  --help                this text

Exit code: 0 fine, 1 refused or failed, 2 usage.

Environment
  EDGE_URL              the edge; default: that of npm start, or http://127.0.0.1:8787
  OPERATOR_TOKEN        its bearer token; default: that of npm start
  CF_ACCESS_CLIENT_ID, CF_ACCESS_CLIENT_SECRET
                        service token, where Cloudflare Access is in front of the edge`;

const ABOUT: Readonly<Record<CommandName, string>> = {
  list: `npm run inbox -- list [options]\n${WHERE}${WHICH}`,
  show: `npm run inbox -- show <id> [options]
${WHERE}
  --body=FORM           redacted (default), raw (leaves an audit line of its own) or none`,
  redeliver: `npm run inbox -- redeliver <id>… | <filter> [options]

Shows what would be done, asks, and waits for the starter's answer. The same key is sent
again, so effects already done are not repeated; what the edge held back is read anew.
Exit code 1 if one of them is not delivered afterwards.
${WHERE}${WHICH}
  --dry-run, -n         only show
  --yes, -y             do not ask; needed where nobody can be asked
  --force               send copies under new keys: an intent asks for another run`,
  counts: `npm run inbox -- counts [options]\n${WHERE}`,
};

export const usageOf = (command: CommandName | null): string =>
  `${command === null ? `${OPENING}\n\nOptions are told by <command> --help.\n` : ABOUT[command]}${CLOSING}`;
