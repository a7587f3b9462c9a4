/** The worker thread that reads large mail, and much of it: one request at a time, the answer as plain data. */

import { parentPort } from 'node:worker_threads';
import type { ParsedMail } from '../domain/message.ts';
import { type AttachmentContent, readAttachments, readMail, UnreadableMail } from './read-mail.ts';

export type ThreadRequest =
  | { task: 'mail'; raw: Uint8Array }
  | { task: 'mails'; raws: Uint8Array[] }
  | { task: 'attachments'; raw: Uint8Array; indexes: readonly number[]; mostBytes: number };

/** One mail of many: what it says, or why it cannot be read. */
export type MailRead = { mail: ParsedMail } | { unreadable: string };

/** What was asked for, or why it cannot be had. */
export type ThreadAnswer =
  | { found: ParsedMail | MailRead[] | AttachmentContent[] }
  | { unreadable: string };

/** Bytes in memory of their own, which can change hands without a copy. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);
}

/** Its memory as a Buffer, which the readers take. */
const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

/** @throws whatever is no fault of the mail: it ends this thread, and the one who asked hears of it. */
async function orReason<T extends object>(
  read: () => Promise<T>,
): Promise<T | { unreadable: string }> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnreadableMail)) throw error;
    return { unreadable: error.message };
  }
}

async function readMany(raws: readonly Uint8Array[]): Promise<MailRead[]> {
  const read: MailRead[] = [];
  for (const raw of raws)
    read.push(await orReason(async () => ({ mail: await readMail(bufferOf(raw)) })));
  return read;
}

/** The answer, with the memory that changes hands with it. */
async function answer(
  request: ThreadRequest,
): Promise<{ found: ThreadAnswer; moved: ArrayBuffer[] }> {
  if (request.task === 'mails')
    return { found: { found: await readMany(request.raws) }, moved: [] };
  const raw = bufferOf(request.raw);
  if (request.task === 'mail')
    return { found: await orReason(async () => ({ found: await readMail(raw) })), moved: [] };
  const { indexes, mostBytes } = request;
  const moved: ArrayBuffer[] = [];
  const found = await orReason(async () => {
    const contents = await readAttachments(raw, indexes, mostBytes);
    return {
      found: contents.map((one) => {
        const content = movable(one.content);
        moved.push(content.buffer);
        return { ...one, content };
      }),
    };
  });
  return { found, moved };
}

parentPort?.on('message', (request: ThreadRequest) => {
  void answer(request).then(({ found, moved }) => parentPort?.postMessage(found, moved));
});
