/**
 * JSON with int64: a policy input holds nanoseconds beyond what a double carries, which `JSON.stringify` cannot write.
 */

/** A private-use character no payload of ours contains, so that only bigints come out without quotes. */
const MARK = '\u{F8FF}int64:';
const MARKED = new RegExp(`"${MARK}([0-9.e+]+)"`, 'gu');

export type IntegerText = 'exact' | 'float' | 'exponent';

/** Which text an int64 becomes: its digits, a double's digits, or a double in exponent form. */
export function stringifyWithIntegers(payload: unknown, numbers: IntegerText): string {
  const marked = JSON.stringify(payload, (_, value: unknown) =>
    typeof value === 'bigint' ? `${MARK}${integerText(value, numbers)}` : value,
  );
  return marked.replaceAll(MARKED, '$1');
}

function integerText(integer: bigint, numbers: IntegerText): string {
  if (numbers === 'exact') return integer.toString();
  return numbers === 'float' ? String(Number(integer)) : Number(integer).toExponential();
}
