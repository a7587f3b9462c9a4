/** Large mail is read in a thread: the same result, caps that hold, and the next mail none the worse. */

import { afterEach, describe, expect, it } from 'vitest';
import { attachmentContents, parseMail } from '../../src/mail/parse.ts';
import { ParseThread } from '../../src/mail/parse-thread.ts';

const picture = Buffer.from(Array.from({ length: 150_000 }, (_, at) => (at * 31) % 251));

/** A mail that is too large for the thread that serves the pages. */
function largeMail(): Buffer {
  return Buffer.from(
    [
      'From: Ann <ann@c.example>',
      'Subject: Pictures',
      'Content-Type: multipart/mixed; boundary=x',
      '',
      '--x',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Here they are, größer.',
      ...['one.png', 'two.png'].flatMap((name) => [
        '--x',
        `Content-Type: image/png; name=${name}`,
        'Content-Transfer-Encoding: base64',
        `Content-ID: <${name}@c.example>`,
        '',
        (picture.toString('base64').match(/.{1,76}/g) ?? []).join('\r\n'),
      ]),
      '--x--',
      '',
    ].join('\r\n'),
  );
}

describe('parseMail and attachmentContents', () => {
  it('read a large mail as they read a small one', async () => {
    const mail = await parseMail(largeMail());
    expect(mail).toMatchObject({
      from: { address: 'ann@c.example' },
      subject: 'Pictures',
      text: expect.stringContaining('größer'),
    });
    expect(mail.headers.get('subject')).toEqual(['Pictures']);
    expect(mail.attachments.map(({ filename, size }) => [filename, size])).toEqual([
      ['one.png', picture.length],
      ['two.png', picture.length],
    ]);
    const contents = await attachmentContents(largeMail(), [1, 0, 7]);
    expect(contents.map(({ attachment }) => attachment.index)).toEqual([0, 1]);
    expect(contents.every(({ content }) => picture.equals(content))).toBe(true);
  });

  it('take the bytes of a large mail over instead of copying them', async () => {
    const raw = largeMail();
    await parseMail(raw);
    expect(raw.length).toBe(0);
  });

  it('leave alone what a mail only shares its memory with', async () => {
    const around = Buffer.concat([Buffer.from('before'), largeMail()]);
    const mail = await parseMail(around.subarray(6));
    expect(mail.subject).toBe('Pictures');
    expect(around.toString('latin1', 0, 6)).toBe('before');
  });
});

/** More parts than any parser opens. */
const nestedMail = () =>
  Buffer.from(
    Array.from(
      { length: 3000 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`,
    ).join(''),
  );

describe('ParseThread', () => {
  let thread: ParseThread | null = null;
  afterEach(async () => {
    await thread?.close();
    thread = null;
  });

  /** HTML of many tables: minutes of work for every megabyte-hungry converter. */
  const heavy = () =>
    Buffer.from(
      `Content-Type: text/html\n\n${'<table><tr><td>a</td></tr></table>'.repeat(58_000)}`,
    );

  it('gives up a mail that takes too long, and reads the next one', async () => {
    thread = new ParseThread({ milliseconds: 1 });
    await expect(thread.mail(heavy())).rejects.toThrow('reading it takes longer than 0.001 s');
    await thread.close();
    thread = new ParseThread({ milliseconds: 60_000 });
    expect((await thread.mail(largeMail())).subject).toBe('Pictures');
  });

  it('gives up a mail that takes too much memory, and reads the next one', async () => {
    thread = new ParseThread({ heapMegabytes: 24 });
    const failed = thread.mail(Buffer.from(`Subject: x\n\n${'日\n'.repeat(5_000_000)}`));
    const next = thread.mail(largeMail());
    await expect(failed).rejects.toThrow('reading it takes more than 24 MB');
    expect((await next).subject).toBe('Pictures');
  });

  it('reads one mail after the other, whatever becomes of each', async () => {
    thread = new ParseThread();
    const asked = [largeMail(), nestedMail(), largeMail()].map((raw) => thread?.mail(raw));
    const results = await Promise.allSettled(asked);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('starts anew after it was ended for want of work', async () => {
    thread = new ParseThread({ idleMilliseconds: 0 });
    await thread.mail(largeMail());
    await thread.close();
    expect((await thread.mail(largeMail())).subject).toBe('Pictures');
  });
});
