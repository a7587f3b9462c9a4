/** What an import reads from, whatever stands behind it: mail of the past, in an order that lasts. */

/** One mail of the past. */
export interface PastMail {
  raw: Buffer;
  /** When a server received it, if the source says so. */
  receivedAt: Date | null;
  /** Once this mail is stored, an import that was broken off goes on after here. */
  position: string;
  /** How much of `total` is read with it. */
  done: number;
}

export interface HistorySource {
  /** Kind and place; progress is kept under this name. */
  name: string;
  /** Tells the source from another one that stood or stands at the same place. */
  fingerprint: string;
  /** True where later mail stands behind earlier mail for good, so that nothing need be read twice. */
  growsAtEnd: boolean;
  /** How much there is, in the source's own unit: bytes, files or mails. */
  total: number;
  /**
   * Hands over every mail above `after`, one at a time, and waits until it is taken.
   *
   * @param after a position that this source gave out before; null for all of it.
   * @throws ReplywrightError `archive_unreadable`, `imap_*`; whatever `take` throws.
   */
  read(after: string | null, take: (mail: PastMail) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}
