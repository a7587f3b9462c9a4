/** What a watched mailbox is to the rest of the house, whatever stands behind it. */

import type { ReplywrightError } from '../domain/errors.ts';
import type { FetchedMail } from '../domain/message.ts';
import type { AccessTokens } from './access-tokens.ts';
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
 * Commits mails, and the mark that their places imply, before it resolves: all of them or none. An
 * IMAP mail without a place must not move the mark: mail below it still waits.
 */
export type Store = (mails: readonly FetchedMail[]) => Promise<void>;

/** What a scan is asked for besides the mail above the mark. */
export interface ScanWish {
  /** Also mail below the mark that the server received from this moment on; null for none. */
  since?: Date | null;
  /** Told how many mails will be handed over, before the first one is. */
  expect?: (mails: number) => void;
}

/** What a connection tells between two scans. */
export interface ConnectionListener {
  /** The server has answered: it is there, and had nothing to say. */
  answered(): void;
  /** The connection is over; the error says why, and how long it waits before the next try. */
  lost(error: ReplywrightError): void;
}

export interface MailSource {
  /**
   * Hands every mail above the mark to `store`, oldest first, some at a time. Scans never overlap:
   * a second call waits for the first.
   *
   * @param mark null on the very first scan.
   * @throws ReplywrightError `imap_*` or `folder_unreadable`; whatever `store` throws.
   */
  scan(mark: Mark | null, store: Store, wish?: ScanWish): Promise<ScanReport>;
  /**
   * Hands over what stands in the Sent folder above the mark, as `scan` does; on the very first
   * look nothing, only the mark. Uses the same connection: providers count them.
   *
   * @returns null where there is no Sent folder.
   * @throws ReplywrightError `imap_*`; whatever `store` throws.
   */
  scanSent(mark: Mark | null, store: Store): Promise<ScanReport | null>;
  /** Calls back when something may have changed: a hint to scan, never the truth. */
  onChange(listener: () => void): void;
  /** Calls back with signs of life and their end; a folder has none. */
  onConnection(listener: ConnectionListener): void;
  /** A person asks for the next try now: forgets the wait before it. */
  hurry(): void;
  /** Ends the connection; a scan in progress rejects. */
  close(): Promise<void>;
}

export interface ImapSettings {
  host: string;
  port: number;
  security: Security;
  user: string;
  /** Null where `tokens` log in. */
  password: string | null;
  /** What logs in instead of the password. */
  tokens?: AccessTokens | null;
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
  /** Seconds of silence after which the server is asked for a sign of life; default 45. */
  idleSeconds?: number;
  /** Seconds it may take to give one before the connection is cut and made anew; default 20. */
  answerSeconds?: number;
  /** Bytes up to which a mail is fetched; of a larger one only its header is. Default 40 MiB. */
  maxBytes?: number;
}

export type SourceSettings =
  | { kind: 'imap'; imap: ImapSettings }
  | { kind: 'folder'; path: string };

/** Defaults; with these, a connection that is gone is noticed after 65 seconds at most. */
export const defaultProbe = { idleSeconds: 45, answerSeconds: 20 } as const;

/** Default of `maxBytes`, for folders too. */
export const defaultMaxBytes = 40 * 1024 * 1024;
