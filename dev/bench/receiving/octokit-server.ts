/** Row e: the Node middleware of `@octokit/webhooks` as its own page sets it up, with no listener that does anything. */
import { createServer } from 'node:http';
import { createNodeMiddleware, Webhooks } from '@octokit/webhooks';

const [port = '', secret = ''] = process.argv.slice(2);

const answer = createNodeMiddleware(new Webhooks({ secret }));

createServer((request, response) => void answer(request, response)).listen(
  Number(port),
  '127.0.0.1',
);
