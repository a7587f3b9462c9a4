/** CSV as shops and spreadsheets write it, in whatever pieces it is read. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CsvReader } from '../../../src/responder/context/csv.ts';

function read(...pieces: string[]): string[][] {
  const reader = new CsvReader();
  return [...pieces.flatMap((piece) => [...reader.read(piece)]), ...reader.end()];
}

const names = ['a', 'b'];

describe('a table', () => {
  test.each<[what: string, text: string, rows: string[][]]>([
    ['of lines', 'a,b\n1,2\n3,4\n', [names, ['1', '2'], ['3', '4']]],
    ['without a last line end', 'a,b\n1,2', [names, ['1', '2']]],
    ['with CRLF', 'a,b\r\n1,2\r\n', [names, ['1', '2']]],
    ['with semicolons', 'a;b\n1,5;2\n', [names, ['1,5', '2']]],
    ['with tabs', 'a\tb\n1\t2\n', [names, ['1', '2']]],
    ['with a mark of its encoding', '\uFEFFa,b\n1,2\n', [names, ['1', '2']]],
    ['with quotes', '"a","b"\n"1,1","2 ""x"""\n', [names, ['1,1', '2 "x"']]],
    ['with line ends in a cell', 'a,b\n"1\r\n1",2\n', [names, ['1\r\n1', '2']]],
    ['with a quote within a cell', 'a,b\n5" nail,2\n', [names, ['5" nail', '2']]],
    ['with empty lines', 'a,b\n\n1,2\n\n', [names, ['1', '2']]],
    ['with short and long lines', 'a,b\n1\n1,2,3\n', [names, ['1'], ['1', '2', '3']]],
    ['with empty cells', 'a,b\n,\n', [names, ['', '']]],
    ['of a quote that never ends', 'a,b\n"1,2\n3', [names, ['1,2\n3']]],
    ['of one line', 'a,b', [names]],
    ['of nothing', '', []],
  ])('%s', (_what, text, rows) => {
    expect(read(text)).toEqual(rows);
  });
});

test('is read alike in whatever pieces, and what was written comes back', () => {
  const cell = fc.oneof(fc.constantFrom('', '"', ',', '\n', 'é', ' '), fc.string({ maxLength: 8 }));
  const rows = fc.array(fc.tuple(cell, cell), { maxLength: 6 });
  fc.assert(
    fc.property(rows, fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (written, cuts) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const text = ['a,b', ...written.map((row) => row.map(quoted).join(','))].join('\r\n');
      const places = [0, ...cuts.toSorted((one, other) => one - other), text.length];
      const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
      expect(read(...pieces)).toEqual([names, ...written]);
      expect(read(text)).toEqual([names, ...written]);
    }),
  );
});
