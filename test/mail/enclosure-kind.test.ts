/** Files for replies: their names, their types by content, and what mail servers would refuse. */

import { describe, expect, it } from 'vitest';
import { contentTypeOf, enclosureName, refusalOf } from '../../src/mail/enclosure-kind.ts';

const bytes = (latin1: string) => Buffer.from(latin1, 'latin1');

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

describe('contentTypeOf', () => {
  it.each([
    ['bill.pdf', '%PDF-1.7', 'application/pdf'],
    ['bill.txt', '%PDF-1.7', 'application/pdf'],
    ['photo.png', '\x89PNG\r\n\x1a\n', 'image/png'],
    ['photo', '\xff\xd8\xff\xe0', 'image/jpeg'],
    ['photo.webp', 'RIFF\x10\0\0\0WEBPVP8 ', 'image/webp'],
    ['bill.pdf', 'not a PDF', 'application/octet-stream'],
    [
      'list.xlsx',
      'PK\x03\x04...',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    ],
    ['files.zip', 'PK\x03\x04...', 'application/zip'],
    ['photo.jpg', 'PK\x03\x04...', 'application/zip'],
    ['list.csv', 'a;b\n', 'text/csv'],
    ['list.csv', 'a\0b', 'application/octet-stream'],
    // Both would have to go unencoded, and so not byte for byte.
    ['mail.eml', 'From: a\r\n', 'application/octet-stream'],
    ['unknown.zzz', 'abc', 'application/octet-stream'],
    ['noending', 'abc', 'application/octet-stream'],
  ])('%s that begins with %j is %s', (name, head, type) => {
    expect(contentTypeOf(name, bytes(head))).toBe(type);
  });
});

describe('refusalOf', () => {
  it.each([
    ['setup.exe', ''],
    ['SETUP.EXE. ', ''],
    ['bill.pdf.js', ''],
    ['notes.ps1', ''],
    ['image.iso', ''],
    ['bill.pdf', 'MZ\x90'],
    ['photo.png', '\x7fELF\x02'],
    ['readme.txt', '#!/bin/sh\n'],
    ['bill', 'L\0\0\0\x01\x14\x02\0'],
  ])('says why %s that begins with %j is refused', (name, head) => {
    expect(refusalOf(name, bytes(head))).toMatch(/mail servers refuse/);
  });

  it.each([
    ['bill.pdf', '%PDF-1.7'],
    ['exe', 'a plain text'],
    ['list.csv', 'a;b'],
    ['page.html', '<!doctype html>'],
    ['files.zip', 'PK\x03\x04'],
  ])('lets %s pass', (name, head) => {
    expect(refusalOf(name, bytes(head))).toBeNull();
  });
});
