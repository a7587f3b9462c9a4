/** Files for replies: their names, their types by content, and what mail servers would refuse. */

import { describe, expect, it } from 'vitest';
import { ContentScan } from '../../src/mail/content-scan.ts';
import { enclosureKind, enclosureName } from '../../src/mail/enclosure-kind.ts';
import { compound, windowsProgram, zip } from '../support/attached-files.ts';

function kindOf(name: string, content: string | Buffer) {
  const scan = new ContentScan();
  scan.take(typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return enclosureKind(scan, name);
}

describe('enclosureName', () => {
  it.each([
    ['Rechnung Nr. 7.pdf', 'Rechnung Nr. 7.pdf'],
    ['C:\\Users\\mara\\bill.pdf', 'bill.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['.hidden.png', 'hidden.png'],
    ['a\r\nBcc: x@y.txt', 'a Bcc: x@y.txt'],
    // A mark that turns the direction of writing, and one that nobody sees.
    ['bill\u202efdp.png', 'bill fdp.png'],
    ['bi\u200bll.pdf', 'bill.pdf'],
    ['請求書 ③.pdf', '請求書 ③.pdf'],
    ['Gro\u0308ße.txt', 'Größe.txt'],
    ['', 'attachment'],
    ['...', 'attachment'],
  ])('%j becomes %j', (given, name) => {
    expect(enclosureName(given)).toBe(name);
  });

  it('keeps the ending of a long name', () => {
    const name = enclosureName(`${'😀'.repeat(200)}.pdf`);
    expect(name.length).toBeLessThanOrEqual(150);
    expect(name).toMatch(/\.pdf$/);
    expect(name.isWellFormed()).toBe(true);
  });
});

describe('the type of a file', () => {
  it.each<[string, string | Buffer, string]>([
    ['bill.pdf', '%PDF-1.7', 'application/pdf'],
    ['bill.txt', '%PDF-1.7', 'application/pdf'],
    ['photo.png', '\x89PNG\r\n\x1a\n', 'image/png'],
    ['photo', '\xff\xd8\xff\xe0', 'image/jpeg'],
    ['photo.webp', 'RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
    ['bill.pdf', 'not a PDF', 'application/octet-stream'],
    [
      'list.xlsx',
      zip(['[Content_Types].xml', 'xl/workbook.xml']),
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ],
    ['files.zip', 'PK\x03\x04...', 'application/zip'],
    ['photo.jpg', 'PK\x03\x04...', 'application/zip'],
    ['photo.heic', '\xff\xd8\xff\xe0', 'image/jpeg'],
    ['photo.png', `BM1234${'\0'.repeat(9)}`, 'application/octet-stream'],
    ['letter.odt', 'a plain text', 'application/octet-stream'],
    ['list.csv', 'a;b\n', 'text/csv'],
    ['list.csv', 'a\0b', 'application/octet-stream'],
    // Both would have to go unencoded, and so not byte for byte.
    ['mail.eml', 'From: a\r\n', 'application/octet-stream'],
    ['unknown.zzz', 'abc', 'application/octet-stream'],
    ['noending', 'abc', 'application/octet-stream'],
  ])('%s is known: %#', (name, head, type) => {
    expect(kindOf(name, head)).toMatchObject({ contentType: type, refusal: null });
  });
});

describe('what is refused', () => {
  it.each<[string, string | Buffer]>([
    ['setup.exe', ''],
    ['SETUP.EXE. ', ''],
    ['bill.pdf.js', ''],
    ['notes.ps1', ''],
    ['image.iso', ''],
    ['bill.pdf', 'MZ\x90'],
    ['photo.png', '\x7fELF\x02'],
    ['readme.txt', '#!/bin/sh\n'],
    ['bill', 'L\0\0\0\x01\x14\x02\0'],
    // Each as it is dangerous where it comes in.
    ['photo.jpg', '<html><script>'],
    ['photo.pdf.html', '<!doctype html>'],
    ['page\u202elmth.txt', 'a plain text'],
    ['list.xlsx', zip(['[Content_Types].xml', 'xl/workbook.xml', 'xl/vbaProject.bin'])],
    ['list.xls', compound('Workbook', '_VBA_PROJECT_CUR')],
    ['letter.docm', zip(['[Content_Types].xml', 'word/document.xml'])],
    ['files.zip', zip(['a.jpg', 'b/setup.EXE'])],
    ['bill.docx', windowsProgram],
    ['notes.one', '\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d'],
    ['tool', '\xca\xfe\xba\xbe\0\0\0\x02'],
    ['tool', '!<arch>\ndebian-binary   '],
    // And what providers refuse besides.
    ['files.cab', ''],
    ['setup.ex_', ''],
    ['shop.ade', ''],
    ['app.appxbundle', ''],
    ['console.msc', '<?xml version="1.0"?>'],
  ])('says why %s is refused: %#', (name, head) => {
    expect(kindOf(name, head).refusal).toMatch(/mail servers refuse/);
  });

  it.each<[string, string | Buffer]>([
    ['bill.pdf', '%PDF-1.7'],
    ['exe', 'a plain text'],
    ['list.csv', 'a;b'],
    ['page.html', '<!doctype html>'],
    ['files.zip', zip(['a.jpg', 'b.pdf'])],
    ['locked.zip', zip(['a.jpg'], { locked: true })],
    ['Rechnung Nr. 7.pdf', '%PDF-1.7'],
  ])('lets %s pass', (name, head) => {
    expect(kindOf(name, head).refusal).toBeNull();
  });
});
