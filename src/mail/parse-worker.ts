/** The worker thread that reads large mail: one request at a time, the answer as plain data. */

import { parentPort } from 'node:worker_threads';
import type { ParsedMail } from '../domain/message.ts';
import { type AttachmentContent, readAttachments, readMail, UnreadableMail } from './read-mail.ts';

export type ThreadRequest =
  | { task: 'mail'; raw: Uint8Array }
  | { task: 'attachments'; raw: Uint8Array; indexes: readonly number[]; mostBytes: number };

/** What was asked for, or why it cannot be had. */
export type ThreadAnswer = { found: ParsedMail | AttachmentContent[] } | { unreadable: string };

/** Bytes in memory of their own, which can change hands without a copy. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.byteLength
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);
}

async function work(request: ThreadRequest): Promise<ParsedMail | AttachmentContent[]> {
  const { buffer, byteOffset, byteLength } = request.raw;
  const raw = Buffer.from(buffer, byteOffset, byteLength);
  if (request.task === 'mail') return await readMail(raw);
  const contents = await readAttachments(raw, request.indexes, request.mostBytes);
  return contents.map((one) => ({ ...one, content: movable(one.content) }));
}

async function answer(request: ThreadRequest): Promise<ThreadAnswer> {
  try {
    return { found: await work(request) };
  } catch (error) {
    // Anything else ends this thread, and the one who asked hears of it.
    if (!(error instanceof UnreadableMail)) throw error;
    return { unreadable: error.message };
  }
}

function buffersIn(found: ThreadAnswer): ArrayBuffer[] {
  if (!('found' in found) || !Array.isArray(found.found)) return [];
  return found.found.map(({ content }) => content.buffer as ArrayBuffer);
}

parentPort?.on('message', (request: ThreadRequest) => {
  void answer(request).then((found) => parentPort?.postMessage(found, buffersIn(found)));
});
