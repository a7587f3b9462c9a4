/** One IMAP connection: made, checked and ended; a new one for every reconnect. */

import type { ImapFlow, ListResponse, MailboxObject } from 'imapflow';
import { ReplywrightError } from '../domain/errors.ts';
import { loginByToken } from './access-tokens.ts';
import { asImapError } from './imap-errors.ts';
import { tlsOptions } from './tls-trust.ts';
import { defaultProbe, type ImapSettings } from './watched.ts';

/** Milliseconds. The measurements behind these numbers stand in the design notes on mail. */
const times = {
  /** 15 s by default: mail that comes just after opening would surface that late. */
  autoIdleDelay: 300,
  connectionTimeout: 20_000,
  greetingTimeout: 10_000,
  logout: 2_000,
} as const;

async function connectOnce(
  settings: ImapSettings,
  idle: boolean,
  login: { pass: string } | { accessToken: string },
  onEnd: () => void,
): Promise<ImapFlow> {
  const answerMs = (settings.answerSeconds ?? defaultProbe.answerSeconds) * 1_000;
  try {
    // Only now: a program that watches folders alone has no need of its 20 packages.
    const { ImapFlow } = await import('imapflow');
    const client = new ImapFlow({
      host: settings.host,
      port: settings.port,
      secure: settings.security === 'tls',
      // Never "when offered": that lets anyone on the wire take the offer away (RFC 8314, 5.1).
      ...(settings.security === 'tls' ? {} : { doSTARTTLS: settings.security === 'starttls' }),
      auth: { user: settings.user, ...login },
      tls: await tlsOptions(settings.caFile),
      logger: false,
      clientInfo: { name: 'Replywright' },
      disableAutoIdle: !idle,
      autoIdleDelay: times.autoIdleDelay,
      // A search of a large folder may keep a server busy for longer than a question.
      socketTimeout: 3 * answerMs,
      connectionTimeout: times.connectionTimeout,
      greetingTimeout: times.greetingTimeout,
    });
    // Before connect(): without a listener a dropped socket ends the process (imapflow #302).
    client.on('error', () => {});
    client.once('close', onEnd);
    // A server may hang anywhere between the first packet and the end of the login.
    const deadline = setTimeout(() => client.close(), 2 * answerMs);
    try {
      await client.connect();
    } catch (error) {
      client.close();
      throw error;
    } finally {
      clearTimeout(deadline);
    }
    return client;
  } catch (error) {
    throw asImapError(error, settings);
  }
}

/**
 * Connects and logs in, by password or by a token.
 *
 * @param idle keep the connection for news; false for a short errand.
 * @param onEnd called once when the connection is over, for whatever reason.
 * @throws ReplywrightError `imap_credentials`, `imap_certificate`, `imap_refused`,
 *   `imap_unreachable`, `oauth_*`.
 */
export async function connectImap(
  settings: ImapSettings,
  idle: boolean,
  onEnd: () => void = () => {},
): Promise<ImapFlow> {
  const { host, user, password, tokens } = settings;
  if (!tokens) return await connectOnce(settings, idle, { pass: password ?? '' }, onEnd);
  return await loginByToken(tokens, { host, user }, 'imap_credentials', (accessToken) =>
    connectOnce(settings, idle, { accessToken }, onEnd),
  );
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
