/** What the roles of one process share, and how it is undone. */

import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { TokenParts } from '../pipeline/token-renewal.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { ChangeFeed } from '../storage/events.ts';
import type { Jobs } from '../storage/jobs.ts';
import type { Database } from '../storage/open.ts';
import type { Facts } from './facts.ts';

export interface Parts {
  /** The settings at the start; what can change later is handed over where it is needed. */
  config: Config;
  log: Log;
  version: string;
  database: Database;
  jobs: Jobs;
  changes: ChangeFeed;
  tokens: TokenParts;
  facts: Facts;
  sandbox: Sandbox | null;
}

/** Undoes, last first, what was opened. */
export class Closers {
  #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async closeAll(log: Log): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log.error('stop_failed', { error });
      }
    }
  }
}
