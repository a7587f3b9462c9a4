/** Filing first: while many mails are being filed, drafting waits, so that a full mailbox shows soon what it holds. */

import { setTimeout } from 'node:timers/promises';

/** Fewer mails at a time are what comes in all day; their drafts are not kept back. */
const many = 20;

/** As long as the next mails need to come after those that were filed, in milliseconds. */
const calmMs = 150;

/** Drafting never waits longer: mail that keeps coming must not keep every customer waiting. */
const longestMs = 5_000;

/** Keeps drafting back while this process files many mails. */
export class FilingFirst {
  #under = 0;
  #endedAt = Number.NEGATIVE_INFINITY;

  /** Runs what files so many mails. */
  async file(mails: number, work: () => Promise<void>): Promise<void> {
    if (mails < many) return await work();
    this.#under += 1;
    try {
      return await work();
    } finally {
      this.#under -= 1;
      this.#endedAt = performance.now();
    }
  }

  /**
   * Resolves when that has ended for a moment, or after 5 seconds.
   *
   * @throws AbortError when the signal aborts.
   */
  async calm(signal: AbortSignal): Promise<void> {
    const last = performance.now() + longestMs;
    for (;;) {
      const calmAt = this.#under > 0 ? Number.POSITIVE_INFINITY : this.#endedAt + calmMs;
      const now = performance.now();
      if (now >= Math.min(calmAt, last)) return;
      await setTimeout(Math.min(calmMs, last - now), null, { signal });
    }
  }
}
