/** What a resolver knows about the request beside its arguments. */
import { createGraphQLError } from 'graphql-yoga';
import type { Viewer } from './auth.ts';

export type ApiContext = {
  /** Null without a valid token. */
  readonly viewer: Viewer | null;
  /** Value of the request header that is stored on the run. */
  readonly userMetadata: string | null;
  /** Hears of each run that the request makes. */
  readonly addMade: (runId: string) => void;
};

/** An answer in `errors[]`; its text reaches the client as it stands, while that of any other error is masked. */
export const refuse = (message: string): Error => createGraphQLError(message);
