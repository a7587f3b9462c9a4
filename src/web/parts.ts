/** What the desk is built from: the parts it is given, and those it makes of them once. */

import type { LeavingRules } from '../domain/business-hours.ts';
import type { EnclosureLimits } from '../domain/enclosure.ts';
import type { Log } from '../log.ts';
import type { SenderRules } from '../pipeline/filing.ts';
import type { ReplyFooter } from '../pipeline/reply-content.ts';
import type { TranslateParts } from '../pipeline/translate.ts';
import type { ChangeFeed } from '../storage/events.ts';
import type { Jobs } from '../storage/jobs.ts';
import type { Db } from '../storage/tables.ts';
import type { Assets } from './assets.ts';
import type { Live } from './live.ts';
import type { Views } from './views.ts';

/** A customer mail that somebody typed into the sandbox. */
export interface TypedMail {
  fromName: string;
  fromAddress: string;
  subject: string;
  text: string;
}

/** Why drafts cannot be made. */
export interface DraftingTrouble {
  /** In words. */
  text: string;
  /** False when only some mailboxes get no drafts. */
  everywhere: boolean;
}

/** How the program is doing, apart from its mailboxes. */
export interface Standing {
  /** True when drafts come from the offline responder. */
  offline: boolean;
  /** Null when all is well; of the calls to models that this process makes. */
  drafting: DraftingTrouble | null;
  /** Why changed settings are not in force, in words. Null when all is well. */
  settings: string | null;
  /** What drafts still rest on that came along as a sample, a sentence or two each. */
  samples: readonly string[];
}

export interface DeskParts {
  db: Db;
  jobs: Jobs;
  changes: ChangeFeed;
  log: Log;
  shopName: string;
  /** Headings of the policies' sections by their ids, to name a source by. */
  sectionTitles: ReadonlyMap<string, string>;
  /** The categories of the examples that drafts rest on, as the settings are now. */
  categories(): readonly string[];
  /** Every address that mail of ours comes from; it may change while the program runs. */
  ownAddresses: readonly string[];
  /** What is believed about who wrote a mail; by mailbox name, as the settings are now. */
  senderRules: ReadonlyMap<string, SenderRules>;
  /** What each mailbox puts below its replies, and when they leave; by name, as the settings are now. */
  mailboxes: ReadonlyMap<string, ReplyFooter & { leaving: LeavingRules; language?: string | null }>;
  /** What translates for reviewers, as the settings are now. */
  translating: TranslateParts;
  /** How long an approval can be taken back. */
  undoSeconds: number;
  /** How much a reply may carry. */
  enclosureLimits: EnclosureLimits;
  /** What every page says about the program; it may change while the program runs. */
  standing: Standing;
  /** After so many minutes without a word from its server, a mailbox is an alarm on every page. */
  silenceMinutes: number;
  /** Null outside the sandbox. */
  sandbox: {
    /** Resolves with the Message-ID, once the mail lies in the mailbox. */
    submitMail(mail: TypedMail): Promise<string>;
  } | null;
  /** True behind TLS; cookies then carry `Secure` and the `__Host-` prefix. */
  secureCookies: boolean;
  /** Host name of the public address, without a port; null when the desk has none. */
  publicHost: string | null;
  version: string;
  /** Names the data folder that this desk serves. */
  instance: string;
}

/** The parts that every page may use. */
export interface Desk extends DeskParts {
  views: Views;
  assets: Assets;
  live: Live;
}
