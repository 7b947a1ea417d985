import { describe, expect, it } from 'vitest';
import { search, type SearchInput } from '../../../../dev/simulator/api/search.ts';

type Thing = { readonly id: string; readonly labels: readonly string[]; readonly locked: boolean };

const THINGS: readonly Thing[] = [
  { id: 'a', labels: ['dependsOn:net', 'x'], locked: false },
  { id: 'b', labels: ['dependsOn:net-2'], locked: true },
  { id: 'c', labels: [], locked: false },
];

const find = (input: SearchInput, stringMatches: 'exact' | 'substring' = 'exact', pageSize = 50) =>
  search(THINGS, input, {
    fields: { label: ({ labels }) => labels, locked: ({ locked }) => locked, name: ({ id }) => id },
    idOf: ({ id }) => id,
    stringMatches,
    pageSize,
  });

const ids = (...args: Parameters<typeof find>) => find(...args).subjects.map(({ id }) => id);

const label = (text: string, exclude = false) => ({
  field: 'label',
  exclude,
  constraint: { stringMatches: [text] },
});

describe('search()', () => {
  it('compares labels as a whole, or as a part when switched so', () => {
    expect(ids({ predicates: [label('dependsOn:net')] })).toEqual(['a']);
    expect(ids({ predicates: [label('dependsOn:net')] }, 'substring')).toEqual(['a', 'b']);
  });

  it('excludes, and finds those without any label then', () => {
    expect(ids({ predicates: [label('x', true)] })).toEqual(['b', 'c']);
  });

  it('asks for all predicates at once', () => {
    const locked = { field: 'locked', constraint: { booleanEquals: [true] } };
    expect(ids({ predicates: [locked] })).toEqual(['b']);
    expect(ids({ predicates: [locked, label('x')] })).toEqual([]);
  });

  it('pages without losing or repeating anything', () => {
    const first = find({ first: 2 });
    expect(first.subjects.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(first.pageInfo).toEqual({ endCursor: 'b', hasNextPage: true, hasPreviousPage: false });
    const second = find({ first: 2, after: first.pageInfo.endCursor });
    expect(second.subjects.map(({ id }) => id)).toEqual(['c']);
    expect(second.pageInfo).toEqual({ endCursor: 'c', hasNextPage: false, hasPreviousPage: true });
  });

  it('gives no more than a page, whatever was asked for', () => {
    expect(ids({ first: 50 }, 'exact', 2)).toEqual(['a', 'b']);
  });

  it('orders when asked to', () => {
    expect(ids({ orderBy: { field: 'name', direction: 'DESC' } })).toEqual(['c', 'b', 'a']);
  });

  it('refuses a field nobody can search by', () => {
    expect(() => ids({ predicates: [{ field: 'space', constraint: {} }] })).toThrow(/space/);
  });
});
