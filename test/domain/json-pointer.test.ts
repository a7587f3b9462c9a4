/** JSON pointers: the examples of RFC 6901, section 5, and `*`. */

import { expect, test } from 'vitest';
import { jsonPointer, valuesAt } from '../../src/domain/json-pointer.ts';

const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
  '*': 9,
  items: [{ name: 'cup' }, { name: 'pot', tags: ['x', 'y'] }, 'odd'],
};

test.each<[pointer: string, values: unknown[]]>([
  ['', [document]],
  ['/foo', [['bar', 'baz']]],
  ['/foo/0', ['bar']],
  ['/', [0]],
  ['/a~1b', [1]],
  ['/c%d', [2]],
  ['/e^f', [3]],
  ['/g|h', [4]],
  ['/i\\j', [5]],
  ['/k"l', [6]],
  ['/ ', [7]],
  ['/m~0n', [8]],
  ['/items/*/name', ['cup', 'pot']],
  ['/items/*/tags/*', ['x', 'y']],
  // A member of that name, not a list.
  ['/*', [9]],
  ['/foo/2', []],
  ['/foo/01', []],
  ['/foo/-', []],
  ['/foo/length', []],
  ['/constructor', []],
  ['/foo/0/x', []],
])('%s', (pointer, values) => {
  expect(valuesAt(document, jsonPointer(pointer) ?? ['not a pointer'])).toEqual(values);
});

test.each(['foo', '/~', '/~2', 'a/b'])('%s is no pointer', (written) => {
  expect(jsonPointer(written)).toBe(null);
});
