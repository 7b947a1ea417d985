/** Control routes of API keys: another of ours, or somebody else's. Secrets are never shown. */
import { Hono } from 'hono';
import { type ApiKey, ApiKeySchema } from '../api/api-key.ts';
import { readBody, RequestFault } from './body.ts';
import type { ControlDeps } from './control.ts';

export function createKeyRoutes({ authority }: Pick<ControlDeps, 'authority'>): Hono {
  const routes = new Hono();
  routes.get('/', (c) => c.json(authority.keys().map(showKey)));
  routes.post('/', async (c) => {
    const key = await readBody(c, ApiKeySchema, 'Cannot put key');
    authority.putKey(key);
    return c.json(showKey(key), 201);
  });
  routes.delete('/:id', (c) => {
    const id = c.req.param('id');
    if (!authority.removeKey(id)) throw new RequestFault(404, `Cannot remove key: no key ${id}`);
    return c.body(null, 204);
  });
  return routes;
}

const showKey = ({ secret: _secret, ...key }: ApiKey) => ({ ...key, viewer: `api::${key.id}` });
