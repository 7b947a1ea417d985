/**
 * Spacelift's generic search: predicates over named fields, order, and pages by cursor. Pure; what a field holds is
 * told by the caller.
 */

type Predicate = {
  readonly field: string;
  readonly exclude?: boolean | null;
  readonly constraint: {
    readonly booleanEquals?: readonly boolean[] | null;
    readonly enumEquals?: readonly string[] | null;
    readonly stringMatches?: readonly string[] | null;
  };
};

export type SearchInput = {
  readonly first?: number | null;
  readonly after?: string | null;
  /** How many of what is found are left out, after the cursor if there is one. */
  readonly offset?: number;
  readonly fullTextSearch?: string | null;
  readonly predicates?: readonly Predicate[] | null;
  readonly orderBy?: { readonly field: string; readonly direction: 'ASC' | 'DESC' } | null;
};

type FieldValue = string | boolean | readonly string[];

export type Searchable<Subject> = {
  readonly fields: Readonly<Record<string, (subject: Subject) => FieldValue>>;
  readonly idOf: (subject: Subject) => string;
  readonly stringMatches: 'exact' | 'substring';
  readonly pageSize: number;
};

export type Page<Subject> = {
  readonly subjects: readonly Subject[];
  readonly total: number;
  readonly pageInfo: {
    readonly endCursor: string;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
};

/** A field nobody can search by; its message is the caller's to send. */
export class UnknownFieldError extends RangeError {}

export function search<Subject>(
  subjects: readonly Subject[],
  input: SearchInput,
  searchable: Searchable<Subject>,
): Page<Subject> {
  const found = order(
    subjects.filter((subject) => isMatch(subject, input, searchable)),
    input,
    searchable,
  );
  const { idOf, pageSize } = searchable;
  const cursor = input.after ?? '';
  const start = cursor === '' ? 0 : found.findIndex((subject) => idOf(subject) === cursor) + 1;
  const begin = start + (input.offset ?? 0);
  const page = found.slice(begin, begin + Math.min(input.first ?? pageSize, pageSize));
  const last = page.at(-1);
  return {
    subjects: page,
    total: found.length,
    pageInfo: {
      endCursor: last === undefined ? '' : idOf(last),
      hasNextPage: begin + page.length < found.length,
      hasPreviousPage: begin > 0,
    },
  };
}

function isMatch<Subject>(
  subject: Subject,
  input: SearchInput,
  searchable: Searchable<Subject>,
): boolean {
  const text = (input.fullTextSearch ?? '').toLowerCase();
  const { fields } = searchable;
  const isFound =
    text === '' ||
    Object.values(fields).some((read) =>
      [read(subject)].flat().some((value) => String(value).toLowerCase().includes(text)),
    );
  return isFound && (input.predicates ?? []).every((each) => meets(subject, each, searchable));
}

function meets<Subject>(
  subject: Subject,
  { field, exclude, constraint }: Predicate,
  { fields, stringMatches }: Searchable<Subject>,
): boolean {
  const values = [readField(fields, field)(subject)].flat();
  const matches = (text: string, value: string) =>
    stringMatches === 'exact' ? text === value : value.includes(text);
  const isMet = values.some(
    (value) =>
      isAny(constraint.booleanEquals, (wanted) => wanted === value) &&
      isAny(constraint.enumEquals, (wanted) => wanted === value) &&
      isAny(constraint.stringMatches, (wanted) => matches(wanted, String(value))),
  );
  return isMet !== (exclude ?? false);
}

/** A constraint that was not given holds for everything. */
const isAny = <Wanted>(
  wanted: readonly Wanted[] | null | undefined,
  test: (value: Wanted) => boolean,
): boolean => (wanted ?? null) === null || (wanted ?? []).some(test);

function order<Subject>(
  subjects: readonly Subject[],
  { orderBy }: SearchInput,
  { fields }: Searchable<Subject>,
): readonly Subject[] {
  if (orderBy === null || orderBy === undefined) return subjects;
  const read = readField(fields, orderBy.field);
  const sign = orderBy.direction === 'ASC' ? 1 : -1;
  return subjects.toSorted((a, b) => sign * String(read(a)).localeCompare(String(read(b))));
}

function readField<Subject>(
  fields: Searchable<Subject>['fields'],
  field: string,
): (subject: Subject) => FieldValue {
  const read = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (read === undefined) throw new UnknownFieldError(`unknown field: ${field}`);
  return read;
}
