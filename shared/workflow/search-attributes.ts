/** Our search attributes as typed pairs, shared by the workflow and by whoever starts one. */
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributePair,
} from '@temporalio/common';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';

type Values = Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string | null>>;

/** Leaves out what the namespace has not registered: one unknown attribute makes a start or a task fail. */
export const searchAttributePairs = (
  values: Values,
  registered: readonly string[],
): SearchAttributePair[] =>
  Object.entries(values).flatMap(([field, text]) => {
    const name = SEARCH_ATTRIBUTES[field as keyof typeof SEARCH_ATTRIBUTES];
    if (text === null || !registered.includes(name)) return [];
    return [{ key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD), value: text }];
  });
