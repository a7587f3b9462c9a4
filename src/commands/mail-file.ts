/** Reads one mail from a file or a pipe, for commands that draft without a mailbox. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { toldAttachments } from '../domain/attachment-words.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { noFacts } from '../domain/facts.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { ParsedMail } from '../domain/message.ts';
import type { DraftInput } from '../domain/responder.ts';
import type { Context } from './context.ts';

async function bytesOf(context: Context, file: string): Promise<Buffer> {
  const piped = file === '-';
  const name = piped ? 'on standard input' : path.resolve(context.cwd, file);
  const reading = piped ? buffer(context.input) : readFile(name);
  const raw = await reading.catch((cause: unknown) => {
    const detail = fileTrouble(cause);
    throw new ReplywrightError('mail_file_unreadable', { file: name, detail }, { cause });
  });
  if (raw.toString('latin1').trim() === '')
    throw new ReplywrightError('mail_file_unreadable', { file: name, detail: 'it is empty' });
  return raw;
}

/** What cannot be read is not stored here, as it would be in a mailbox: the file is to blame. */
function unreadableFile(file: string, cause: unknown): unknown {
  if (!(cause instanceof ReplywrightError) || cause.code !== 'mail_unparsable') return cause;
  const detail = String((cause.cause as Error).message);
  return new ReplywrightError('mail_file_unreadable', { file, detail }, { cause });
}

/**
 * Reads and parses a mail.
 *
 * @param file its path; `-` is standard input.
 * @throws ReplywrightError `mail_file_unreadable`.
 */
export async function readMailFile(context: Context, file: string): Promise<ParsedMail> {
  const raw = await bytesOf(context, file);
  const { parseMail } = await import('../mail/parse.ts');
  return await parseMail(raw).catch((cause: unknown) => {
    throw unreadableFile(file, cause);
  });
}

/** What a draft for that mail alone is made from. */
export async function inputFrom(
  mail: ParsedMail,
  mailbox: DraftInput['mailbox'],
): Promise<DraftInput> {
  const { withClosing } = await import('../mail/quoted-text.ts');
  const customer = mail.from ?? { name: '', address: '' };
  const attachments = toldAttachments(mail.attachments);
  const now = new Date();
  const text = withClosing(mail.newText, mail.text);
  const turn = { direction: 'inbound', from: customer, date: mail.date ?? now } as const;
  const turns = [{ ...turn, text, attachments }];
  return {
    ...{ mailbox, now, customer, subject: mail.subject, turns, rejected: [] },
    // Nobody vouches for a file, so nothing is told about orders.
    ...{ senderTrust: 'none', facts: noFacts },
  };
}
