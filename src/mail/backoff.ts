/** How long to wait before the next connection, so that no server sees us hammer. */

/** EmailEngine settled on numbers like these after seeing 17 logins a second. */
const wait = { firstMs: 1000, factor: 1.5, mostMs: 30_000, jitter: 0.2 } as const;

/** A connection that lived this long was a good one: the next failure starts from the beginning. */
const goodLifeMs = 5 * 60_000;

/** Growing waits between attempts. Times are milliseconds of one clock, given by the caller. */
export class Backoff {
  #delay: number = wait.firstMs;
  #notBefore = 0;
  #connectedAt: number | null = null;

  /** Milliseconds until the next attempt is allowed; 0 when it is. */
  remainingMs(now: number): number {
    return Math.max(0, this.#notBefore - now);
  }

  /** Allows the next attempt at once; the waits after it are as long as they would have been. */
  hurry(): void {
    this.#notBefore = 0;
  }

  connected(now: number): void {
    this.#connectedAt = now;
    this.#notBefore = 0;
  }

  /**
   * Notes a failed attempt or a lost connection.
   *
   * @param atLeast lower bound of this wait, in milliseconds.
   * @returns the wait in milliseconds.
   */
  failed(now: number, atLeast: number): number {
    if (this.#connectedAt !== null && now - this.#connectedAt >= goodLifeMs)
      this.#delay = wait.firstMs;
    this.#connectedAt = null;
    // Jitter, so that many mailboxes on one server do not come back at the same moment.
    const spread = 1 + wait.jitter * (2 * Math.random() - 1);
    const delay = Math.max(atLeast, Math.round(this.#delay * spread));
    this.#delay = Math.min(wait.mostMs, this.#delay * wait.factor);
    this.#notBefore = now + delay;
    return delay;
  }
}
