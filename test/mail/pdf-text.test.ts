/** PDFs: their text, or a sentence; a hostile one ends a thread and nothing more. */

import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { PdfReader } from '../../src/mail/pdf-text.ts';
import { pdf } from '../support/attached-files.ts';

const reader = new PdfReader();
afterAll(() => reader.close());

describe('the text of a PDF', () => {
  it('is that of its pages', async () => {
    expect(await reader.read(pdf('Order 12345'))).toEqual({ pages: 1, texts: ['Order 12345'] });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no PDF', Buffer.from('hello')],
    ['a header alone', Buffer.from('%PDF-1.7\n')],
    ['a page tree without an end', Buffer.from(`${pdf('x')}`.replace('[3 0 R]', '[2 0 R]'))],
  ])('of %s is a sentence, and the next one is read', async (_what, content) => {
    expect(await reader.read(content)).toEqual({ unreadable: expect.stringMatching(/^It .*\.$/) });
    expect(await reader.read(pdf('next'))).toMatchObject({ texts: ['next'] });
  });

  it('of a page without any is empty', async () => {
    expect(await reader.read(pdf('', '', Buffer.from('q Q')))).toEqual({ pages: 1, texts: [''] });
  });

  it('is given up where it swells to more than the memory it may have', async () => {
    const swelling = deflateSync(Buffer.alloc(400_000_000, ' '));
    const small = new PdfReader({ bytesMegabytes: 60 });
    const bomb = pdf('', '/Filter/FlateDecode', swelling);
    expect(await small.read(bomb)).toEqual({
      unreadable: 'It cannot be read: reading it takes more than 60 MB.',
    });
    expect(await small.read(pdf('next'))).toMatchObject({ texts: ['next'] });
    await small.close();
  });

  it('is given up where it takes too long', async () => {
    const hasty = new PdfReader({ milliseconds: 1 });
    expect(await hasty.read(pdf('x'))).toEqual({
      unreadable: 'It cannot be read: reading it takes longer than 0.001 s.',
    });
    await hasty.close();
  });
});
