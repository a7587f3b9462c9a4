/** One IMAP connection: made, checked and ended; a new one for every reconnect. */

import { ImapFlow, type ListResponse, type MailboxObject } from 'imapflow';
import { ReplywrightError } from '../domain/errors.ts';
import { asImapError } from './imap-errors.ts';
import { tlsOptions } from './tls-trust.ts';
import type { ImapSettings } from './watched.ts';

/** Milliseconds. The measurements behind these numbers stand in the design notes on mail. */
const times = {
  /** 15 s by default: mail that comes just after opening would surface that late. */
  autoIdleDelay: 300,
  /** A half-open connection is noticed after about twice this. */
  socketTimeout: 60_000,
  connectionTimeout: 20_000,
  greetingTimeout: 10_000,
  /** RFC 2177 asks for less than 29 minutes; some providers end an IDLE after three. */
  maxIdleTime: 150_000,
  logout: 2_000,
} as const;

/**
 * Connects and logs in.
 *
 * @param idle keep the connection for news; false for a short errand.
 * @param onEnd called once when the connection is over, for whatever reason.
 * @throws ReplywrightError `imap_credentials`, `imap_certificate`, `imap_refused`,
 *   `imap_unreachable`.
 */
export async function connectImap(
  settings: ImapSettings,
  idle: boolean,
  onEnd: () => void = () => {},
): Promise<ImapFlow> {
  try {
    const client = new ImapFlow({
      host: settings.host,
      port: settings.port,
      secure: settings.security === 'tls',
      // Never "when offered": that lets anyone on the wire take the offer away (RFC 8314, 5.1).
      ...(settings.security === 'tls' ? {} : { doSTARTTLS: settings.security === 'starttls' }),
      auth: { user: settings.user, pass: settings.password },
      tls: await tlsOptions(settings.caFile),
      logger: false,
      clientInfo: { name: 'Replywright' },
      disableAutoIdle: !idle,
      autoIdleDelay: times.autoIdleDelay,
      socketTimeout: times.socketTimeout,
      connectionTimeout: times.connectionTimeout,
      greetingTimeout: times.greetingTimeout,
      maxIdleTime: times.maxIdleTime,
    });
    // Before connect(): without a listener a dropped socket ends the process (imapflow #302).
    client.on('error', () => {});
    client.once('close', onEnd);
    try {
      await client.connect();
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  } catch (error) {
    throw asImapError(error, settings);
  }
}

/** imapflow answers "nothing" on a dead connection; this makes a dead one an error. */
export function assertAlive(client: ImapFlow, settings: ImapSettings): void {
  if (client.usable) return;
  throw new ReplywrightError('imap_unreachable', {
    host: settings.host,
    detail: 'the connection was lost',
  });
}

/** The folders that can be opened, by path. */
export async function listFolders(client: ImapFlow): Promise<ListResponse[]> {
  const folders = await client.list();
  return folders.filter((folder) => !folder.flags.has('\\Noselect'));
}

/**
 * Opens a folder, or opens it afresh: only SELECT and EXAMINE tell UIDVALIDITY (RFC 9051, 2.3.1.1).
 *
 * @throws ReplywrightError `imap_no_folder` with the folders there are, or another `imap_*`.
 */
export async function openMailbox(
  client: ImapFlow,
  path: string,
  settings: ImapSettings,
): Promise<MailboxObject> {
  try {
    // Read-only: whether a person has seen a mail is not ours to change.
    const mailbox: MailboxObject | undefined = await client.mailboxOpen(path, { readOnly: true });
    assertAlive(client, settings);
    if (mailbox !== undefined) return mailbox;
    throw new ReplywrightError('imap_refused', {
      host: settings.host,
      detail: 'the folder was not opened',
    });
  } catch (error) {
    if ((error as { mailboxMissing?: boolean }).mailboxMissing !== true)
      throw asImapError(error, settings);
    const known = await listFolders(client).catch(() => []);
    throw new ReplywrightError(
      'imap_no_folder',
      {
        mailbox: settings.user,
        folder: path,
        known: known.map((folder) => folder.path).join(', ') || 'the folders on the server',
      },
      { cause: error },
    );
  }
}

/** The folder for sent mail: the configured one, else the one marked \Sent (RFC 6154); or null. */
export async function findSentFolder(
  client: ImapFlow,
  settings: ImapSettings,
): Promise<string | null> {
  const folders = await listFolders(client);
  assertAlive(client, settings);
  if (settings.sentFolder !== null)
    return folders.find((folder) => folder.path === settings.sentFolder)?.path ?? null;
  return folders.find((folder) => folder.specialUse === '\\Sent')?.path ?? null;
}

/** Says goodbye where the server still listens; ends the connection in any case. */
export async function disconnect(client: ImapFlow): Promise<void> {
  if (client.usable) {
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, times.logout);
    await Promise.race([client.logout().catch(() => {}), patience.promise]);
    clearTimeout(timer);
  }
  client.close();
}
