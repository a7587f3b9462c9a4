/** What an import is asked to read: archives on disk and folders of the mailbox's IMAP account. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import type { HistorySource } from '../mail/history.ts';
import type { ImapSettings, Mark } from '../mail/watched.ts';

export interface SourceOptions {
  mbox?: string[];
  maildir?: string[];
  eml?: string[];
  imap?: string[];
  sentMbox?: string[];
  sent?: string[];
}

/** One thing to read; opened only when its turn comes. */
export interface PlannedSource {
  label: string;
  /** True for what the team sent. */
  sent: boolean;
  open(): Promise<HistorySource>;
}

export interface Surroundings {
  cwd: string;
  /** The name of the mailbox, and its account; null where it has none. */
  mailbox: { name: string; imap: ImapSettings | null };
  since: Date | null;
  log: Log;
  /** Where the watches over the inbox and over the Sent folder stand. */
  marks: { inbox: Mark | null; sent: Mark | null };
}

function filesOf(options: SourceOptions, { cwd }: Surroundings): PlannedSource[] {
  const onDisk = (kind: 'mbox' | 'maildir' | 'eml', place: string, sent: boolean) => {
    const full = path.resolve(cwd, place);
    const open = async () => {
      const { openMbox, openMailFolder } = await import('../mail/history-files.ts');
      return kind === 'mbox' ? await openMbox(full) : await openMailFolder(kind, full);
    };
    return { label: path.basename(full), sent, open };
  };
  const kindOf = (place: string) =>
    existsSync(path.resolve(cwd, place, 'cur')) ? 'maildir' : 'eml';
  const sentFolders = options.imap === undefined ? (options.sent ?? []) : [];
  return [
    ...(options.sentMbox ?? []).map((place) => onDisk('mbox', place, true)),
    ...sentFolders.map((place) => onDisk(kindOf(place), place, true)),
    ...(options.mbox ?? []).map((place) => onDisk('mbox', place, false)),
    ...(options.maildir ?? []).map((place) => onDisk('maildir', place, false)),
    ...(options.eml ?? []).map((place) => onDisk('eml', place, false)),
  ];
}

function imapOf({ name, imap }: Surroundings['mailbox']): ImapSettings {
  if (imap !== null) return imap;
  const detail = `The mailbox ${name} has no IMAP server to import from`;
  throw new ReplywrightError('argument_invalid', { detail });
}

async function foldersOf(options: SourceOptions, around: Surroundings): Promise<PlannedSource[]> {
  if (options.imap === undefined) return [];
  const { since, log, marks } = around;
  const imap = imapOf(around.mailbox);
  const { openImapHistory, sentFolderOf } = await import('../mail/imap-history.ts');
  const own = await sentFolderOf(imap);
  const sentFolders = options.sent ?? (own === null ? [] : [own]);
  const onServer = (folder: string, sent: boolean): PlannedSource => {
    const upTo = folder === imap.folder ? marks.inbox : folder === own ? marks.sent : null;
    const open = () => openImapHistory({ ...imap, folder }, log, { since, upTo });
    return { label: folder, sent, open };
  };
  return [
    ...sentFolders.map((folder) => onServer(folder, true)),
    ...options.imap.map((folder) => onServer(folder, false)),
  ];
}

/**
 * What is to be read, in the order in which it is read: what the team sent comes first, so that
 * each customer's mail finds the replies to it and to mails before it.
 *
 * @throws ReplywrightError `argument_invalid` where nothing is named; `imap_*`.
 */
export async function planSources(
  options: SourceOptions,
  around: Surroundings,
): Promise<PlannedSource[]> {
  const sources = [...filesOf(options, around), ...(await foldersOf(options, around))];
  if (sources.length > 0) return sources;
  const detail = 'Nothing to import is named; give --mbox, --maildir, --eml or --imap';
  throw new ReplywrightError('argument_invalid', { detail });
}
