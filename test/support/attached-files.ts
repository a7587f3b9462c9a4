/** Files to attach, made byte by byte: pictures, PDFs, archives, a winmail.dat; and mails that carry them. */

import { crc32, deflateSync } from 'node:zlib';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A PNG of one colour; `claimed` is what its header says of its size. */
export function png(width: number, height: number, claimed = { width, height }): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claimed.width, 0);
  header.writeUInt32BE(claimed.height, 4);
  header.set([8, 2], 8);
  const line = Buffer.alloc(1 + width * 3, 140).fill(0, 0, 1);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => line)));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const end = chunk('IEND', Buffer.alloc(0));
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), end]);
}

/** The header of a JPEG, with a preview of `before` bytes in front of what names the size. */
export function jpeg(width: number, height: number, before = 0): Buffer {
  const preview = Buffer.alloc(before + 4);
  preview.set([0xff, 0xe1]);
  preview.writeUInt16BE(before + 2, 2);
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 17, 0, 2, 17, 1, 3, 17, 1]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), preview, frame, Buffer.from([0xff, 0xd9])]);
}

/** A PDF of one page that shows `text`; `filter` and `content` put other bytes in its place. */
export function pdf(text: string, filter = '', content?: Buffer): Buffer {
  const drawn = content ?? Buffer.from(`BT /F1 12 Tf 20 200 Td (${text}) Tj ET`);
  return Buffer.concat([
    Buffer.from(`%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
4 0 obj<</Length ${drawn.length}${filter}>>stream
`),
    drawn,
    Buffer.from('\nendstream endobj\ntrailer<</Root 1 0 R>>\n'),
  ]);
}

/** A ZIP archive of stored entries, without the directory that nobody here reads. */
export function zip(names: readonly string[], { locked = false, content = 'x' } = {}): Buffer {
  const entries = names.map((name) => {
    const header = Buffer.alloc(30);
    header.write('PK\u0003\u0004', 'latin1');
    header.writeUInt16LE(locked ? 1 : 0, 6);
    header.writeUInt32LE(content.length, 18);
    header.writeUInt16LE(Buffer.byteLength(name), 26);
    return Buffer.concat([header, Buffer.from(name), Buffer.from(content)]);
  });
  return Buffer.concat(entries);
}

/** A compound file of old Office in which streams of these names are. */
export function compound(...names: readonly string[]): Buffer {
  const streams = names.map((name) => Buffer.from(name, 'utf16le'));
  // An odd place: names need not begin at an even byte of what streams by.
  return Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(5001), ...streams]);
}

export const windowsProgram = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)]);

/** One property of MAPI: a tag and a value that names its own length. */
export function property(tag: number, value: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(tag, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(value.length, 8);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

function properties(list: readonly Buffer[]): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(list.length);
  return Buffer.concat([count, ...list]);
}

function attribute(level: number, id: number, data: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head[0] = level;
  head.writeUInt32LE(id, 1);
  head.writeUInt32LE(data.length, 5);
  return Buffer.concat([head, data, Buffer.alloc(2)]);
}

export interface ContainerFile {
  name: string;
  /** Null for an item of Outlook instead of a file. */
  content: Buffer | null;
}

/** A winmail.dat (MS-OXTNEF, section 2.1) with files and properties of the message. */
export function winmail(files: readonly ContainerFile[], message: readonly Buffer[] = []): Buffer {
  const head = Buffer.from('789f3e220100', 'hex');
  const parts = files.map(({ name, content }) => {
    const longName = property(0x3707001f, Buffer.from(`${name}\0`, 'utf16le'));
    const item = property(0x3701000d, Buffer.alloc(40));
    return [
      attribute(2, 0x00069002, Buffer.alloc(14)),
      ...(content === null ? [] : [attribute(2, 0x0006800f, content)]),
      attribute(2, 0x00069005, properties(content === null ? [item, longName] : [longName])),
    ];
  });
  const own = message.length > 0 ? [attribute(1, 0x00069003, properties(message))] : [];
  return Buffer.concat([head, ...own, ...parts.flat()]);
}

export interface AttachedFile {
  name: string;
  content: Buffer | string;
  type?: string;
  /** More lines of the part's header. */
  headers?: readonly string[];
}

const boundary = '=_attached';

function encodedName(name: string): string {
  return `=?utf-8?B?${Buffer.from(name).toString('base64')}?=`;
}

/** The header and body of a mail with files; `arrive` and `mailWith` put the rest before it. */
export function attached(text: string, files: readonly AttachedFile[]) {
  const parts = files.map(({ name, content, type = 'application/octet-stream', headers = [] }) =>
    [
      `--${boundary}`,
      `Content-Type: ${type}; name="${encodedName(name)}"`,
      `Content-Disposition: attachment; filename="${encodedName(name)}"`,
      'Content-Transfer-Encoding: base64',
      ...headers,
      '',
      (
        Buffer.from(content)
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\r\n'),
    ].join('\r\n'),
  );
  const plain = [`--${boundary}`, 'Content-Type: text/plain; charset=utf-8', '', text];
  return {
    headers: ['MIME-Version: 1.0', `Content-Type: multipart/mixed; boundary="${boundary}"`],
    text: [...plain, ...parts, `--${boundary}--`, ''].join('\r\n'),
  };
}

/** A whole mail with files. */
export function mailWith(...files: readonly AttachedFile[]): Buffer {
  const { headers, text } = attached('See the files.', files);
  return Buffer.from(['From: Ann <ann@c.example>', ...headers, '', text].join('\r\n'));
}
