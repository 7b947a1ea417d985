/**
 * Cause chains: the stacks whose runs led to an intent, the first cause first. What keeps two stacks that trigger each
 * other from going on for ever. Pure; starter, activities and workflow share it.
 */

/** As Spacelift's header carries it beside the intent's key: `…;cause=network,database`. */
const MARK = ';cause=';

/** Texts of an event are cut at 500 characters; a chain that is cut would name stacks that are none. */
const HEADER_LENGTH = 500;

const OURS = /^spacelift-temporal[/:]/;

/** Null when the stack may be triggered; else why not, without the words in front. */
export function causeObstacle(
  stackId: string,
  cause: readonly string[],
  limit: number,
): string | null {
  if (cause.includes(stackId)) return `it is in its own cause (${chainOf([...cause, stackId])})`;
  if (cause.length <= limit) return null;
  return `its cause is ${cause.length} deep (${chainOf(cause)}), more than ${limit}`;
}

const chainOf = (stacks: readonly string[]): string => stacks.join(' → ');

/** What a run is told about its cause, as far as there is room: the latest causes matter most. */
export function withCause(text: string, cause: readonly string[]): string {
  const first = cause.findIndex(
    (_, index) => text.length + MARK.length + cause.slice(index).join(',').length <= HEADER_LENGTH,
  );
  return first === -1 ? text : `${text}${MARK}${cause.slice(first).join(',')}`;
}

/** The cause that came back with a run, or that a policy handed on; empty where none did. */
export function causeOf(userMetadata: readonly string[]): readonly string[] {
  const text = userMetadata.findLast((each) => OURS.test(each) && each.includes(MARK));
  if (text === undefined) return [];
  return text
    .slice(text.indexOf(MARK) + MARK.length)
    .split(',')
    .filter((stackId) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(stackId));
}

/** `further` follows on `chain`, which it may already begin with. */
export const joinCauses = (
  chain: readonly string[],
  further: readonly string[],
): readonly string[] =>
  chain.every((stackId, index) => further[index] === stackId) ? further : [...chain, ...further];
