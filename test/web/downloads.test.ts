/** Downloads: a file name from a mail can do no harm, in a folder or in a header. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { safeFilename } from '../../src/web/security-headers.ts';

describe('safeFilename', () => {
  it.each([
    ['kettle lid.jpg', 'kettle lid.jpg'],
    ['Größe & Preis.pdf', 'Größe & Preis.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\system.ini', 'system.ini'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
    ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie: x=1.txt'],
    ['.bashrc', 'bashrc'],
    ['...', 'attachment'],
    ['', 'attachment'],
  ])('%j becomes %j', (name, safe) => {
    expect(safeFilename(name)).toBe(safe);
  });

  it('has no folder, control or direction character, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(safeFilename(name)).toMatch(/^[^./\\\p{Cc}\p{Cf}][^/\\\p{Cc}\p{Cf}]{0,149}$/u);
      }),
    );
  });
});
