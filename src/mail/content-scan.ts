/**
 * Looks at the content of a file as it streams by: its first bytes, the names in an archive, the
 * marks of macros and passwords. What it keeps is bounded, however long the file is.
 */

/** Enough for every signature; the size of a JPEG may stand behind a preview and a colour profile. */
const headBytes = 4 * 1024;
const jpegHeadBytes = 256 * 1024;

/** More names than this are not looked at, and so many characters of each. */
const mostEntries = 2_000;
const longestName = 250;

/** Names of streams in a compound file are UTF-16 (MS-CFB, section 2.6.1). */
const wide = (name: string) => Buffer.from(name, 'utf16le');

/** Marks that tell what is in a container, as they stand in it. */
const marks = {
  zip: [],
  ole: [
    ['vba', wide('_VBA_PROJECT')],
    ['word', wide('WordDocument')],
    ['excel', wide('Workbook')],
    ['powerpoint', wide('PowerPoint Document')],
    ['outlook', wide('__substg1.0_')],
    ['locked', wide('EncryptedPackage')],
  ],
  pdf: [['locked', Buffer.from('/Encrypt')]],
} as const;

export type Mark = (typeof marks)['ole' | 'pdf'][number][0];

/** One file in a ZIP archive. */
export interface ArchiveEntry {
  name: string;
  locked: boolean;
}

type Container = keyof typeof marks;

function containerOf(head: Buffer): Container | null {
  if (head.indexOf('PK\u0003\u0004', 0, 'latin1') === 0) return 'zip';
  if (head.indexOf('d0cf11e0a1b11ae1', 0, 'hex') === 0) return 'ole';
  return head.subarray(0, 1024).includes('%PDF-') ? 'pdf' : null;
}

/** The header of an entry (APPNOTE.TXT, section 4.3.7) without its name. */
const entryHeaderBytes = 30;
const entrySignature = Buffer.from('PK\u0003\u0004', 'latin1');

/** Bytes of one piece that are looked at again with the next: an entry's header may be cut in two. */
const overlap = entryHeaderBytes + longestName;

/** Fed piece by piece; the results are there at any time. */
export class ContentScan {
  size = 0;
  readonly marks = new Set<Mark>();
  readonly entries: ArchiveEntry[] = [];
  readonly #head: Buffer[] = [];
  #headSize = 0;
  #headLimit = headBytes;
  #container: Container | null = null;
  #begun = false;
  #rest: Buffer = Buffer.alloc(0);

  /** The first bytes of the file. */
  get head(): Buffer {
    return Buffer.concat(this.#head);
  }

  take(chunk: Buffer): void {
    if (!this.#begun) this.#begin(chunk);
    this.#keepHead(chunk);
    this.size += chunk.length;
    if (this.#container === null) return;
    const piece = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#lookAt(piece, this.#rest.length);
    // A copy: a view would keep the whole chunk in memory.
    this.#rest = Buffer.from(piece.subarray(-overlap));
  }

  #keepHead(chunk: Buffer): void {
    if (this.#headSize >= this.#headLimit) return;
    const wanted = Buffer.from(chunk.subarray(0, this.#headLimit - this.#headSize));
    this.#head.push(wanted);
    this.#headSize += wanted.length;
  }

  /** Decides once, by the beginning, what is worth looking for. */
  #begin(chunk: Buffer): void {
    const before = this.head;
    const start = Buffer.concat([before, chunk.subarray(0, 1024)]);
    if (start.length < 8) return;
    this.#begun = true;
    this.#rest = before;
    if (start[0] === 0xff && start[1] === 0xd8) this.#headLimit = jpegHeadBytes;
    this.#container = containerOf(start);
  }

  #lookAt(piece: Buffer, known: number): void {
    const container = this.#container ?? 'zip';
    for (const [mark, bytes] of marks[container]) if (piece.includes(bytes)) this.marks.add(mark);
    if (container === 'zip') this.#findEntries(piece, known);
  }

  #findEntries(piece: Buffer, known: number): void {
    let at = piece.indexOf(entrySignature);
    while (at >= 0 && this.entries.length < mostEntries) {
      const start = at + entryHeaderBytes;
      const length = start > piece.length ? 0 : Math.min(longestName, piece.readUInt16LE(at + 26));
      const end = start + length;
      // What ended within the last piece was found in it.
      if (end <= piece.length && end > known) {
        const locked = (piece.readUInt16LE(at + 6) & 1) === 1;
        this.entries.push({ name: piece.toString('utf8', start, end), locked });
      }
      at = piece.indexOf(entrySignature, at + 4);
    }
  }
}
