/** Trying the IMAP settings: connects, opens the folder, and tells what is there. */

import { connectImap, disconnect, findSentFolder, openMailbox } from './imap-connection.ts';
import { asImapError } from './imap-errors.ts';
import type { ImapSettings } from './watched.ts';

interface ImapCheck {
  folder: string;
  /** Mails in that folder. */
  messages: number;
  uidvalidity: number;
  /** The folder that copies of sent mail would go to; null when none was found. */
  sentFolder: string | null;
  /** False: the server does not tell of new mail, so only the periodic scan finds it. */
  idle: boolean;
}

/**
 * Tries the settings once and changes nothing on the server.
 *
 * @throws ReplywrightError `imap_credentials`, `imap_certificate`, `ca_file_unusable`, `imap_no_folder`,
 *   `imap_refused`, `imap_unreachable`.
 */
export async function checkImap(settings: ImapSettings): Promise<ImapCheck> {
  const client = await connectImap(settings, false);
  try {
    const mailbox = await openMailbox(client, settings.folder, settings);
    return {
      folder: mailbox.path,
      messages: mailbox.exists,
      uidvalidity: Number(mailbox.uidValidity),
      sentFolder: await findSentFolder(client, settings),
      // RFC 2177; IMAP4rev2 includes it (RFC 9051, appendix E).
      idle: client.capabilities.has('IDLE') || client.capabilities.has('IMAP4REV2'),
    };
  } catch (error) {
    throw asImapError(error, settings);
  } finally {
    await disconnect(client);
  }
}
