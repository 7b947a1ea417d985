/** A search by a client, who is told what it cannot search by. */
import { refuse } from './context.ts';
import {
  type Page,
  search,
  type Searchable,
  type SearchInput,
  UnknownFieldError,
} from './search.ts';

export type { SearchInput } from './search.ts';

export function searchOrRefuse<Subject>(
  subjects: readonly Subject[],
  input: SearchInput,
  searchable: Searchable<Subject>,
): Page<Subject> {
  try {
    return search(subjects, input, searchable);
  } catch (error) {
    throw error instanceof UnknownFieldError ? refuse(error.message) : error;
  }
}
