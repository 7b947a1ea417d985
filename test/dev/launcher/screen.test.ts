import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createScreen } from '../../../dev/launcher/screen.ts';

/** A terminal that knows what the screen needs of it: up, to the start of the line, and clear from here on. */
function createTerminal(columns: number, isTTY = true) {
  let lines: string[] = [''];
  let row = 0;
  const put = (text: string) => {
    for (const [index, part] of text.split('\n').entries()) {
      if (index > 0) row += 1;
      lines[row] = `${index > 0 ? '' : (lines[row] ?? '')}${part}`;
    }
  };
  const write = (written: string): boolean => {
    for (const [, up, clear, start, text] of written.matchAll(
      // eslint-disable-next-line no-control-regex
      /\u001B\[(\d+)A|(\u001B\[0J)|(\r)|([^\u001B\r]+)/g,
    )) {
      if (up !== undefined) row -= Number(up);
      else if (clear !== undefined) lines = [...lines.slice(0, row), ''];
      else if (start === undefined) put(text ?? '');
    }
    return true;
  };
  const stream = Object.assign(new EventEmitter(), { isTTY, columns, write });
  return {
    screen: createScreen(stream as unknown as NodeJS.WriteStream),
    shown: () => lines.map(stripVTControlCharacters).join('\n').trimEnd(),
  };
}

describe('createScreen()', () => {
  test('createScreen() redraws progress in place', () => {
    const { screen, shown } = createTerminal(80);
    screen.line('first');
    screen.progress('one');
    screen.progress('two');
    expect(shown()).toBe('first\ntwo');
    screen.line('second');
    expect(shown()).toBe('first\nsecond');
  });

  test('createScreen() keeps a block of lines below what is printed', () => {
    const { screen, shown } = createTerminal(80);
    screen.line('first');
    screen.block(['a', 'b', 'c']);
    expect(shown()).toBe('first\na\nb\nc');
    screen.line('second');
    expect(shown()).toBe('first\nsecond\na\nb\nc');
    screen.block(['A', 'B']);
    expect(shown()).toBe('first\nsecond\nA\nB');
    screen.progress('waiting');
    expect(shown()).toBe('first\nsecond\nA\nB\nwaiting');
    screen.clear();
    screen.line('third');
    expect(shown()).toBe('first\nsecond\nthird');
  });

  test('createScreen() cuts what would wrap, and with it could not be erased', () => {
    const { screen, shown } = createTerminal(10);
    screen.block(['0123456789abc', 'short']);
    screen.block(['0123456789abc']);
    expect(shown()).toBe('01234567…');
  });

  test('createScreen() shows no block where nothing can be redrawn', () => {
    const { screen, shown } = createTerminal(80, false);
    screen.block(['a', 'b']);
    screen.line('first');
    expect(shown()).toBe('first');
  });
});
