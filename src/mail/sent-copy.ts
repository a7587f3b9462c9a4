/** The Sent folder: whether it holds a mail, and the copy that is put there once. */

import type { ImapFlow } from 'imapflow';
import { ReplywrightError } from '../domain/errors.ts';
import {
  assertAlive,
  connectImap,
  disconnect,
  findSentFolder,
  listFolders,
  openMailbox,
} from './imap-connection.ts';
import { asImapError } from './imap-errors.ts';
import type { ImapSettings } from './watched.ts';

async function sentFolderOf(client: ImapFlow, settings: ImapSettings): Promise<string> {
  const folder = await findSentFolder(client, settings);
  if (folder !== null) return folder;
  const known = (await listFolders(client)).map(({ path }) => path).join(', ');
  throw new ReplywrightError('imap_no_folder', {
    mailbox: settings.user,
    folder: settings.sentFolder ?? 'Sent',
    known: `${known} (here: imap.sentFolder)`,
  });
}

/** Does something with an open Sent folder, over a connection of its own. @throws ReplywrightError `imap_*` */
async function withSentFolder<Result>(
  settings: ImapSettings,
  work: (client: ImapFlow, folder: string) => Promise<Result>,
): Promise<Result> {
  const client = await connectImap(settings, false);
  try {
    const folder = await sentFolderOf(client, settings);
    await openMailbox(client, folder, settings);
    return await work(client, folder);
  } catch (error) {
    throw asImapError(error, settings);
  } finally {
    await disconnect(client);
  }
}

function refused({ host }: ImapSettings, detail: string): ReplywrightError {
  return new ReplywrightError('imap_refused', { host, detail });
}

/** True when the open folder holds a mail with that Message-ID. */
async function holds(
  client: ImapFlow,
  settings: ImapSettings,
  messageId: string,
): Promise<boolean> {
  // RFC 9051, section 6.4.4: HEADER matches a substring, without case.
  const found = await client.search({ header: { 'message-id': messageId } }, { uid: true });
  assertAlive(client, settings);
  if (!Array.isArray(found)) throw refused(settings, 'the search in the Sent folder failed');
  return found.length > 0;
}

/**
 * True when the Sent folder holds a mail with that Message-ID.
 *
 * @param messageId with angle brackets.
 * @throws ReplywrightError `imap_*`.
 */
export async function isInSent(settings: ImapSettings, messageId: string): Promise<boolean> {
  try {
    return await withSentFolder(settings, (client) => holds(client, settings, messageId));
  } catch (error) {
    // Where there is no such folder, nothing is in it.
    if (error instanceof ReplywrightError && error.code === 'imap_no_folder') return false;
    throw error;
  }
}

/**
 * Saves a sent mail into the configured Sent folder, or the one marked \Sent (RFC 6154). Looks for
 * the Message-ID first: some providers save what goes through their SMTP, and a repeat after a
 * crash must not double it.
 *
 * @param mail `messageId` with angle brackets; `bytes` exactly as sent.
 * @throws ReplywrightError `imap_*`; repeating the call is then safe.
 */
export async function saveToSent(
  settings: ImapSettings,
  { messageId, bytes }: { messageId: string; bytes: Buffer },
): Promise<'saved' | 'already there'> {
  return await withSentFolder(settings, async (client, folder) => {
    if (await holds(client, settings, messageId)) return 'already there';
    // imapflow drops flags that the open folder does not let us set, and read-only lets us set none.
    await client.mailboxClose();
    const appended = await client.append(folder, bytes, ['\\Seen']);
    assertAlive(client, settings);
    if (appended === false || appended === undefined)
      throw refused(settings, 'the copy was not taken into the Sent folder');
    return 'saved';
  });
}
