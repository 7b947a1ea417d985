/**
 * A table for people: columns as wide as they must be, cut to the terminal where they may be. What a row belongs to is a
 * column of its own for programs, and a heading on a terminal. A note is the last column where there is room for it, else
 * a line below its row. Widths are counted in characters: what stands in columns are ids, states and slugs.
 */

export type Column = {
  readonly title: string;
  /** May be cut down to this many characters; a column without it is never cut. */
  readonly atLeast?: number;
  readonly align?: 'right';
};

export type Row = {
  readonly cells: readonly string[];
  /** What it belongs to together with its neighbours. */
  readonly group?: string;
  /** Free text that must be seen. */
  readonly note?: string | undefined;
  /** In place of a note, where there is room beside the row. */
  readonly aside?: string | undefined;
  /** Paints the whole row. */
  readonly paint?: ((text: string) => string) | undefined;
};

export type TableOptions = {
  /** Null for as wide as it takes. */
  readonly width: number | null;
  readonly paintTitle: (text: string) => string;
  readonly paintGroup: (text: string) => string;
  readonly paintNote: (text: string) => string;
};

const GAP = '  ';
const NOTE_INDENT = '    ';

/** A note in less than this is hard to read. */
const NOTE_AT_LEAST = 30;

export function formatTable(
  columns: readonly Column[],
  rows: readonly Row[],
  options: TableOptions & { readonly groupTitle?: string | undefined },
): string {
  const { width, groupTitle, paintGroup } = options;
  if (groupTitle === undefined) return formatRows(columns, rows, options).join('\n');
  if (width === null)
    return formatRows(
      [{ title: groupTitle }, ...columns],
      rows.map((row) => ({ ...row, cells: [row.group ?? '', ...row.cells] })),
      options,
    ).join('\n');
  const [titles = '', ...lines] = formatRows(columns, rows, options);
  const headed = lines.flatMap((line, index) => {
    const group = rows[index]?.group ?? '';
    return group === rows[index - 1]?.group ? [line] : [paintGroup(cut(group, width)), line];
  });
  return [titles, ...headed].join('\n');
}

/** The titles, and then a text for each row, of one line or of two. */
function formatRows(
  columns: readonly Column[],
  rows: readonly Row[],
  { width, paintTitle, paintNote }: TableOptions,
): string[] {
  const widths = fit(columns, rows, width);
  const taken = widths.reduce((sum, each) => sum + each + GAP.length, 0);
  const longestNote = Math.max(0, ...rows.map(({ note, aside = '' }) => (note ?? aside).length));
  const noteRoom = width === null ? longestNote : width - taken;
  const isBeside = longestNote > 0 && noteRoom >= Math.min(longestNote, NOTE_AT_LEAST);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join(GAP)
      .trimEnd();
  const texts = rows.map(({ cells, note, aside, paint = same }) => {
    const row = line(cells);
    const words = note ?? (isBeside ? aside : undefined);
    if (words === undefined) return paint(row);
    if (!isBeside) return `${paint(row)}\n${paintNote(indent(words, width))}`;
    const shown = note === undefined ? cut(words, noteRoom) : clip(words, noteRoom);
    return `${paint(row)}${' '.repeat(taken - row.length)}${paintNote(shown)}`;
  });
  return [paintTitle(line(columns.map(({ title }) => title))), ...texts];
}

const same = (text: string) => text;

const indent = (note: string, width: number | null): string =>
  `${NOTE_INDENT}${width === null ? note : clip(note, width - NOTE_INDENT.length)}`;

/** As wide as the longest cell; what is too much is taken from the columns that may be cut, the widest first. */
function fit(columns: readonly Column[], rows: readonly Row[], width: number | null): number[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[index]?.length ?? 0)),
  );
  if (width === null) return widths;
  for (;;) {
    const excess =
      widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1)) - width;
    const [widest] = widths
      .map((each, index) => ({ index, spare: each - (columns[index]?.atLeast ?? each), each }))
      .filter(({ spare }) => spare > 0)
      .toSorted((a, b) => b.each - a.each);
    if (excess <= 0 || widest === undefined) return widths;
    widths[widest.index] = widest.each - 1;
  }
}

function pad(cell: string, width: number, align: Column['align']): string {
  const text = cut(cell, width);
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}

/** A sentence may lose its end. */
const clip = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

/** The end is what tells keys and stacks apart, the beginning what they are; the middle is left out. */
function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}
