/** What the desk is built from: the parts it is given, and those it makes of them once. */

import type { Log } from '../log.ts';
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

export interface DeskParts {
  db: Db;
  jobs: Jobs;
  changes: ChangeFeed;
  log: Log;
  shopName: string;
  /** How long an approval can be taken back. */
  undoSeconds: number;
  /** True when drafts come from the offline responder; every page says so. */
  offline: boolean;
  /** Why nothing can be drafted at all, in words; every page says so. Null when all is well. */
  trouble: string | null;
  /** Null outside the sandbox. */
  sandbox: { submitMail(mail: TypedMail): Promise<void> } | null;
  /** True behind TLS; cookies then carry `Secure` and the `__Host-` prefix. */
  secureCookies: boolean;
  /** Host name of the public address, without a port; null when the desk has none. */
  publicHost: string | null;
  version: string;
}

/** The parts that every page may use. */
export interface Desk extends DeskParts {
  views: Views;
  assets: Assets;
  live: Live;
}
