/** Keeps what the SMTP double accepted: one .eml a message and one JSON line, both on disk before the 250. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';

/** One message for which the server has taken responsibility. */
export interface AcceptedMessage {
  /** Counts from 1, over restarts on the same folder too. */
  readonly sequence: number;
  /** ISO 8601. */
  readonly acceptedAt: string;
  /** Envelope sender; empty for the null return path. */
  readonly from: string;
  /** Envelope recipients that were not refused. */
  readonly to: readonly string[];
  /** The Message-ID header with its angle brackets, or null. */
  readonly messageId: string | null;
  /** The user who logged in, or null. */
  readonly user: string | null;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** SHA-256 of the raw bytes, hexadecimal. */
  readonly sha256: string;
  /** Bytes, CRLF line ends, dots unstuffed. */
  readonly raw: Buffer;
  /** Absolute path of the .eml file. */
  readonly file: string;
}

/** What the session knows of a message at its final dot. */
export type Envelope = Pick<AcceptedMessage, 'from' | 'to' | 'user' | 'secure'>;

const JOURNAL = 'accepted.jsonl';

function writeDurably(file: string, flags: 'a' | 'w', data: Buffer | string): void {
  const handle = openSync(file, flags);
  try {
    writeSync(handle, data as string);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** A new file's name is durable only when its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function messageIdOf(raw: Buffer): string | null {
  const end = raw.indexOf('\r\n\r\n');
  const headers = raw.subarray(0, end === -1 ? raw.length : end).toString('latin1');
  return /^message-id:\s*(<[^>\r\n]*>)/im.exec(headers)?.[1] ?? null;
}

/** The messages that a journal folder holds, in order; a torn last line (crash while writing) counts as not accepted. */
export function readJournal(folder: string): AcceptedMessage[] {
  const file = path.join(folder, JOURNAL);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const entry = JSON.parse(line) as Omit<AcceptedMessage, 'raw' | 'file'> & { file: string };
    const eml = path.join(folder, entry.file);
    return { ...entry, file: eml, raw: readFileSync(eml) };
  });
}

/** Appends to a journal folder. */
export class SmtpJournal {
  readonly folder: string;
  readonly accepted: AcceptedMessage[];

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.folder = folder;
    this.accepted = readJournal(folder);
  }

  /** Takes responsibility for a message: when this returns, it survives a crash of this process and of the machine. */
  accept(envelope: Envelope, raw: Buffer): AcceptedMessage {
    const sequence = this.accepted.length + 1;
    const name = `${String(sequence).padStart(6, '0')}.eml`;
    const entry = {
      sequence,
      acceptedAt: new Date().toISOString(),
      ...envelope,
      messageId: messageIdOf(raw),
      sha256: createHash('sha256').update(raw).digest('hex'),
    };
    writeDurably(path.join(this.folder, name), 'w', raw);
    syncFolder(this.folder);
    writeDurably(
      path.join(this.folder, JOURNAL),
      'a',
      `${JSON.stringify({ ...entry, file: name })}\n`,
    );
    const message = { ...entry, raw, file: path.join(this.folder, name) };
    this.accepted.push(message);
    return message;
  }
}
