/** Fetches by the project's guarded fetch on the runtime that runs this, with names that only this process knows. */
import { createAddressGuard } from '../../../worker/outgoing/address-guard.ts';
import { createGuardedFetch } from '../../../worker/outgoing/guarded-fetch.ts';

const [url = '', resolved = '', allowPrivate] = process.argv.slice(2);
let asked = 0;
const guard = createAddressGuard({
  allowPrivate: allowPrivate === 'true',
  allowed: [],
  // A name whose second answer leads elsewhere: nothing may ask for it.
  resolve: async () => [{ address: (asked += 1) === 1 ? resolved : '127.0.0.99', family: 4 }],
});
const fetched = createGuardedFetch({ guard, deadlineMs: 5000 })(url, {
  method: 'POST',
  body: 'hello',
});
const said = await fetched.then(
  async (answer) => ({ status: answer.status, body: await answer.text() }),
  (error: unknown) => ({ error: String(error) }),
);
process.stdout.write(JSON.stringify({ ...said, asked }));
