/** Mail of the past on an IMAP server: one folder, in batches, over a connection of its own. */

import type { FetchedMail } from '../domain/message.ts';
import type { Log } from '../log.ts';
import type { HistorySource } from './history.ts';
import { connectImap, disconnect, findSentFolder, openMailbox } from './imap-connection.ts';
import { asImapError } from './imap-errors.ts';
import { fetchInto, uidsAbove } from './imap-fetch.ts';
import type { ImapSettings, Mark } from './watched.ts';

/** So many mails are asked for before the next look at where we are. */
const batch = 500;

/**
 * Opens an IMAP folder for an import.
 *
 * @param settings `folder` is the folder to read.
 * @param upTo where the watch over this folder stands: what is above is new mail and not of the
 *   past. Null where the folder is not watched.
 * @throws ReplywrightError `imap_*`.
 */
export async function openImapHistory(
  settings: ImapSettings,
  log: Log,
  { since, upTo }: { since: Date | null; upTo: Mark | null },
): Promise<HistorySource> {
  const client = await connectImap(settings, false);
  try {
    const mailbox = await openMailbox(client, settings.folder, settings);
    const uidvalidity = Number(mailbox.uidValidity);
    const context = { client, settings, log, uidvalidity, marking: true };
    const listed = await uidsAbove(context, 0, since ?? undefined);
    const last = upTo?.uidvalidity === uidvalidity ? upTo.uid : Number.POSITIVE_INFINITY;
    const uids = listed.filter((uid) => uid <= last);
    return {
      name: `imap ${settings.user}@${settings.host}/${settings.folder}`,
      fingerprint: String(uidvalidity),
      growsAtEnd: true,
      total: uids.length,
      async read(after, take) {
        const from = uids.findIndex((uid) => uid > Number(after ?? 0));
        if (from < 0) return;
        let done = from;
        let reached = Number(after ?? 0);
        let waiting = false;
        // What `take` throws says nothing about the mail server and passes through as it is.
        let refusal: { error: unknown } | null = null;
        const takeOne = async ({ raw, place, receivedAt }: FetchedMail) => {
          done += 1;
          // Without a place mail below it still waits, and is asked for again next time.
          waiting ||= place === null;
          if (place !== null && !waiting) reached = place.uid;
          await take({ raw, receivedAt, position: String(reached), done }).catch(
            (error: unknown) => {
              refusal = { error };
              throw error;
            },
          );
        };
        try {
          for (let at = from; at < uids.length; at += batch)
            await fetchInto(context, uids.slice(at, at + batch), async (mails) => {
              for (const mail of mails) await takeOne(mail);
            });
        } catch (error) {
          throw refusal === null ? asImapError(error, settings) : error;
        }
      },
      close: () => disconnect(client),
    };
  } catch (error) {
    await disconnect(client);
    throw asImapError(error, settings);
  }
}

/** The Sent folder of an account; null where the server names none. */
export async function sentFolderOf(settings: ImapSettings): Promise<string | null> {
  const client = await connectImap(settings, false);
  try {
    return await findSentFolder(client, settings);
  } finally {
    await disconnect(client);
  }
}
