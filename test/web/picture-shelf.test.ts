/** The pictures of a mail are read once, however many a browser asks for at a time. */

import { describe, expect, it } from 'vitest';
import { parseMail } from '../../src/mail/parse.ts';
import type { AttachmentContent } from '../../src/mail/read-mail.ts';
import { openPictureShelf } from '../../src/web/picture-shelf.ts';
import { mailWith, png } from '../support/attached-files.ts';

const names = ['a.png', 'b.png', 'c.png'];
const { attachments } = await parseMail(
  mailWith(...names.map((name) => ({ name, content: png(2, 2) }))),
);

function shelf() {
  const asked: number[][] = [];
  const read = async (indexes: number[]): Promise<AttachmentContent[]> => {
    asked.push(indexes);
    if (asked.length === 1 && indexes.includes(99)) throw new Error('The database is away.');
    return attachments
      .filter(({ index }) => indexes.includes(index))
      .map((attachment) => ({ attachment, content: Buffer.from([attachment.index]) }));
  };
  return { asked, read, ...openPictureShelf() };
}

describe('the shelf', () => {
  it('reads a mail once for all of its pictures', async () => {
    const { asked, read, picture } = shelf();
    const found = await Promise.all([0, 1, 2].map((at) => picture(7, at, attachments, read)));
    expect(found.map((content) => content?.[0])).toEqual([0, 1, 2]);
    expect(asked).toEqual([[0, 1, 2]]);
  });

  it('reads another mail, and no picture that may not be shown', async () => {
    const { asked, read, picture } = shelf();
    await picture(7, 0, attachments, read);
    await picture(8, 2, attachments, read);
    expect(await picture(8, 5, attachments, read)).toBeNull();
    expect(asked).toEqual([[0, 1, 2], [2]]);
  });

  it('takes no more than fits, but always the one that is asked for', async () => {
    const { asked, read, picture } = shelf();
    const large = attachments.map((each) => ({ ...each, size: 40_000_000 }));
    await picture(7, 0, large, read);
    await picture(7, 1, large, read);
    expect(asked).toEqual([[0], [1]]);
  });

  it('reads again what failed', async () => {
    const { read, picture } = shelf();
    const some = attachments.map((each, at) => ({ ...each, index: at === 0 ? 99 : at }));
    await expect(picture(7, 99, some, read)).rejects.toThrow('The database is away.');
    expect(await picture(7, 1, some, read)).toEqual(Buffer.from([1]));
  });
});
