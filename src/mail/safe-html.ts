/** A customer's HTML made safe: small where it is asked for, large in a thread that it can end and nothing more. */

import { CappedThread, type ThreadLimits } from './capped-thread.ts';
import { sanitizeCustomerHtml } from './customer-html.ts';
import type { HtmlRequest } from './html-worker.ts';

/** Tags in each other cost the square of their number: 20 ms for so many UTF-16 units, 5 s for 1 MB. */
const smallHtml = 64 * 1024;

const defaultLimits: ThreadLimits = {
  milliseconds: 10_000,
  heapMegabytes: 192,
  bytesMegabytes: 100,
  idleMilliseconds: 5_000,
};

class UnreadableHtml extends Error {
  override name = 'UnreadableHtml';
}

/** One thread, one mail at a time. */
export class HtmlCleaner {
  readonly #thread: CappedThread<HtmlRequest, string>;

  constructor(limits: Partial<ThreadLimits> = {}) {
    this.#thread = new CappedThread(
      new URL('./html-worker.ts', import.meta.url),
      { ...defaultLimits, ...limits },
      (reason, options) => new UnreadableHtml(reason, options),
    );
  }

  /**
   * Makes HTML safe to show; see `sanitizeCustomerHtml`.
   *
   * @returns null where that costs more than any mail is worth; its text is there all the same.
   */
  async clean(html: string, options: { remoteImages: boolean }): Promise<string | null> {
    if (html.length <= smallHtml) return sanitizeCustomerHtml(html, options);
    try {
      return await this.#thread.ask({ html, ...options }, []);
    } catch (error) {
      if (!(error instanceof UnreadableHtml)) throw error;
      return null;
    }
  }

  /** Ends the thread, if there is one. */
  async close(): Promise<void> {
    await this.#thread.close();
  }
}

/** One for the whole process: who opens two such mails waits for one of them. */
const cleaner = new HtmlCleaner();

/** A customer's HTML made safe, as `HtmlCleaner.clean` makes it. */
export async function safeHtml(
  html: string,
  options: { remoteImages: boolean },
): Promise<string | null> {
  return await cleaner.clean(html, options);
}
