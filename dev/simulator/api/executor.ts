/** The executable schema: graphql-yoga parses, validates and answers exactly the selection set. */
import { createSchema, createYoga } from 'graphql-yoga';
import type { Authority } from './auth.ts';
import type { ApiContext } from './context.ts';
import { createBatchMutations } from './batch-mutations.ts';
import { createDecisionMutations } from './decision-mutations.ts';
import { createDependencyMutations } from './dependency-mutations.ts';
import { createModuleMutations } from './module-mutations.ts';
import { type ApiDeps, createQueries } from './queries.ts';
import { createRunMutations } from './run-mutations.ts';
import { createTypeDefs } from './schema.ts';
import { createStackMutations } from './stack-mutations.ts';
import { createWebhookMutations } from './webhook-mutations.ts';

export type Executor = (body: string, context: ApiContext) => Promise<Response>;

type Key = { readonly id: string; readonly secret: string };

export function createExecutor(deps: ApiDeps & { readonly authority: Authority }): Executor {
  const { options } = deps;
  const yoga = createYoga<ApiContext>({
    schema: createSchema<ApiContext>({
      typeDefs: createTypeDefs(options.switches),
      resolvers: {
        Query: createQueries(deps),
        Mutation: {
          ...createAccountMutations(deps.authority),
          ...createRunMutations(deps),
          ...createBatchMutations(deps),
          ...createDecisionMutations(deps),
          ...createStackMutations(deps),
          ...createModuleMutations(deps),
          ...createWebhookMutations(deps),
          ...createDependencyMutations(deps),
        },
      },
    }),
    maskedErrors: { errorMessage: 'internal error' },
    graphiql: false,
    landingPage: false,
    logging: false,
  });
  return async function execute(body, context) {
    // Only `application/json` makes the answer 200 with `errors[]` whatever the fault, as Spacelift's is.
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
    const request = new Request(`${options.accountUrl}/graphql`, { method: 'POST', headers, body });
    // Yoga answers with a Response class of its own, which other servers cannot send.
    const answer = await yoga.fetch(request, context);
    const { status } = answer;
    return new Response(await answer.text(), {
      status,
      headers: { 'Content-Type': headers.Accept },
    });
  };
}

const createAccountMutations = (authority: Authority) => ({
  apiKeyUser: (_: unknown, { id, secret }: Key) => {
    const token = authority.exchange(id, secret);
    return token === null ? null : { ...token, id: token.viewer.id };
  },
  /** Personal tokens of GitHub: none is known here. */
  oauthUser: () => null,
  logout: (_: unknown, _args: unknown, { viewer }: ApiContext) => viewer,
});
