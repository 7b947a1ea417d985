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
  const focused = document.activeElement?.getAttribute('aria-label') ?? null;
  const earlier = new Map([...body.rows].map((element) => [element.dataset['key'] ?? '', element]));
  const elements = rows.map((row) => {
    const known = earlier.get(row.key);
    if (known?.dataset['shown'] === row.shown) return known;
    const made = create('tr', {}, ...row.cells());
    made.dataset['key'] = row.key;
    made.dataset['shown'] = row.shown;
    return made;
  });
  const isSame =
    elements.length === body.rows.length &&
    elements.every((element, index) => element === body.rows[index]);
  if (isSame && elements.length > 0) return;
  body.replaceChildren(...(elements.length > 0 ? elements : [createEmptyRow(body)]));
  if (focused === null) return;
  const again = [...body.querySelectorAll<HTMLElement>('[aria-label]')].find(
    (element) => element.getAttribute('aria-label') === focused,
  );
  again?.focus({ preventScroll: true });
}

const createEmptyRow = (body: HTMLTableSectionElement) =>
  create('tr', {}, create('td', { class: 'empty', colspan: '9' }, body.dataset['empty'] ?? ''));

export function requireElement<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`Cannot find element: ${id} is missing`);
}
