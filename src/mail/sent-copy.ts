/** The copy of a sent mail in the Sent folder: put there once, unless the server did it itself. */

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

async function sentFolderOf(
  client: Awaited<ReturnType<typeof connectImap>>,
  settings: ImapSettings,
): Promise<string> {
  const folder = await findSentFolder(client, settings);
  if (folder !== null) return folder;
  const known = (await listFolders(client)).map(({ path }) => path).join(', ');
  throw new ReplywrightError('imap_no_folder', {
    mailbox: settings.user,
    folder: settings.sentFolder ?? 'Sent',
    known: `${known} (here: imap.sentFolder)`,
  });
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
  const client = await connectImap(settings, false);
  const refuse = (detail: string) =>
    new ReplywrightError('imap_refused', { host: settings.host, detail });
  try {
    const folder = await sentFolderOf(client, settings);
    await openMailbox(client, folder, settings);
    // RFC 9051, section 6.4.4: HEADER matches a substring, without case.
    const found = await client.search({ header: { 'message-id': messageId } }, { uid: true });
    assertAlive(client, settings);
    if (!Array.isArray(found)) throw refuse('the search in the Sent folder failed');
    if (found.length > 0) return 'already there';
    // imapflow drops flags that the open folder does not let us set, and read-only lets us set none.
    await client.mailboxClose();
    const appended = await client.append(folder, bytes, ['\\Seen']);
    assertAlive(client, settings);
    if (appended === false || appended === undefined)
      throw refuse('the copy was not taken into the Sent folder');
    return 'saved';
  } catch (error) {
    throw asImapError(error, settings);
  } finally {
    await disconnect(client);
  }
}
