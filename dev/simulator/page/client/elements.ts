/** Makes elements, and keeps a table's rows: a row is made anew only when what it shows has changed, its focus kept. */

type Child = Node | string | null;

export function create<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** `label` is for those who do not see the row; the focus finds the button again by it. */
export function createButton(text: string, label: string, press: () => void): HTMLButtonElement {
  const button = create('button', { type: 'button', 'aria-label': label }, text);
  button.addEventListener('click', press);
  return button;
}

export type Row = {
  readonly key: string;
  /** What the row shows; equal text, equal row. */
  readonly shown: string;
  readonly cells: () => readonly HTMLTableCellElement[];
};

export function fillTable(body: HTMLTableSectionElement, rows: readonly Row[]): void {
  const focused = document.activeElement;
  const focus = { label: labelOf(focused), key: focused?.closest('tr')?.dataset['key'] };
  const earlier = new Map([...body.rows].map((element) => [element.dataset['key'], element]));
  const elements = rows.map((row) => {
    const known = earlier.get(row.key);
    return known?.dataset['shown'] === row.shown ? known : createRow(row, known);
  });
  const isSame =
    elements.length === body.rows.length &&
    elements.every((element, index) => element === body.rows[index]);
  if (isSame && elements.length > 0) return;
  const hadFocus = body.contains(focused);
  body.replaceChildren(...(elements.length > 0 ? elements : [createEmptyRow(body)]));
  if (hadFocus) restoreFocus(body, focus);
}

const labelOf = (element: Element | null | undefined) =>
  element?.getAttribute('aria-label') ?? null;

/** What somebody has chosen in a row, but not yet sent, stays chosen. */
function createRow(row: Row, earlier: HTMLTableRowElement | undefined): HTMLTableRowElement {
  const made = create('tr', {}, ...row.cells());
  made.dataset['key'] = row.key;
  made.dataset['shown'] = row.shown;
  const chosen = [...(earlier?.querySelectorAll('select') ?? [])];
  for (const select of made.querySelectorAll('select'))
    select.value = chosen.find((each) => labelOf(each) === labelOf(select))?.value ?? select.value;
  return made;
}

/** On the same button, or if that is gone, on the first thing in its row. */
function restoreFocus(
  body: HTMLTableSectionElement,
  { label, key }: { readonly label: string | null; readonly key: string | undefined },
): void {
  const candidates = [...body.querySelectorAll<HTMLElement>('a, button, select')];
  const row = [...body.rows].find((each) => each.dataset['key'] === key);
  const target =
    candidates.find((each) => label !== null && labelOf(each) === label) ??
    candidates.find((each) => row?.contains(each));
  target?.focus({ preventScroll: true });
}

const createEmptyRow = (body: HTMLTableSectionElement) =>
  create('tr', {}, create('td', { class: 'empty', colspan: '9' }, body.dataset['empty'] ?? ''));

export function requireElement<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`Cannot find element: ${id} is missing`);
}
