/** What a watched mailbox is to the rest of the house, whatever stands behind it. */

import type { FetchedMail } from '../domain/message.ts';
import type { Security } from './tls-trust.ts';

/** High-water mark: every mail of this UIDVALIDITY up to this UID is stored or gone. */
export interface Mark {
  uidvalidity: number;
  uid: number;
}

export interface ScanReport {
  /** Null for a folder mailbox. */
  uidvalidity: number | null;
  /** How many mails were handed to `store` and taken. */
  stored: number;
  /** How many mails are there but could not be taken this time; the next scan tries again. */
  waiting: number;
  /**
   * The server has numbered its mails anew, so all of them were handed over again; with
   * `firstScan: 'new'` those of the last 30 days.
   */
  renumbered: boolean;
  /** Everything up to here needs no further look; null for a folder. To be recorded. */
  mark: Mark | null;
}

/**
 * Commits one mail, and the mark that its place implies, before it resolves. An IMAP mail without
 * a place must not move the mark: mail below it still waits.
 */
export type Store = (mail: FetchedMail) => Promise<void>;

export interface MailSource {
  /**
   * Hands every mail above the mark to `store`, oldest first, one at a time. Scans never overlap:
   * a second call waits for the first.
   *
   * @param mark null on the very first scan.
   * @throws ReplywrightError `imap_*` or `folder_unreadable`; whatever `store` throws.
   */
  scan(mark: Mark | null, store: Store): Promise<ScanReport>;
  /** Calls back when something may have changed: a hint to scan, never the truth. */
  onChange(listener: () => void): void;
  /** Ends the connection; a scan in progress rejects. */
  close(): Promise<void>;
}

export interface ImapSettings {
  host: string;
  port: number;
  security: Security;
  user: string;
  password: string;
  /** Path of the folder to watch, as the server names it, for instance `INBOX`. */
  folder: string;
  /** Where sent mail is kept; null: the folder that the server marks as \Sent. */
  sentFolder: string | null;
  /** PEM file with further certificate authorities, or null. */
  caFile: string | null;
  /** Seconds between two scans without a hint; the caller's clock, not this pillar's. */
  pollSeconds: number;
  /** What the first scan takes: all mail that is there (default), or only mail from now on. */
  firstScan?: 'new' | 'all';
  /** Bytes of one mail that are fetched at most; default 40 MiB. */
  maxBytes?: number;
}

export type SourceSettings =
  | { kind: 'imap'; imap: ImapSettings }
  | { kind: 'folder'; path: string };

/** Default of `maxBytes`, for folders too. */
export const defaultMaxBytes = 40 * 1024 * 1024;
