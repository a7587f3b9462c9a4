/** A circuit breaker (Nygard, Release It!): leaves an endpoint alone that failed again and again. */

import { ReplywrightError } from '../domain/errors.ts';

/** Failures in a row after which the endpoint is left alone. */
const mostFailures = 5;
const firstRestMs = 15_000;
const longestRestMs = 300_000;
/** How soon others ask again while one call tries whether the endpoint has recovered. */
const probeMs = 5_000;

/** How a call ended: null for an answer; `abandoned` when we ourselves gave it up. */
export type CallEnd = ReplywrightError | 'abandoned' | null;

/** Closed while all is well; open for a while after failures in a row; then one call at a time. */
export class Breaker {
  readonly #endpoint: string;
  readonly #now: () => number;
  #failures = 0;
  #last: ReplywrightError | null = null;
  /** When the next call may try; 0 while closed. */
  #openUntil = 0;
  #probing = false;

  /** @param endpoint its host, for messages. @param now milliseconds since 1970. */
  constructor(endpoint: string, now: () => number = Date.now) {
    this.#endpoint = endpoint;
    this.#now = now;
  }

  /** Why no call is made just now; null while calls are. */
  get trouble(): ReplywrightError | null {
    if (this.#openUntil === 0 || this.#last === null) return null;
    const wait = Math.max(this.#openUntil - this.#now(), this.#probing ? probeMs : 0);
    const values = {
      endpoint: this.#endpoint,
      failures: this.#failures,
      last: this.#last.message.replace(/\.$/, ''),
      mend: this.#last.mend,
    };
    return new ReplywrightError('model_resting', values, { cause: this.#last, retryAfterMs: wait });
  }

  /**
   * Asks to make one call.
   *
   * @returns what must be told how the call ended, once.
   * @throws ReplywrightError `model_resting`.
   */
  enter(): (end: CallEnd) => void {
    const { trouble } = this;
    if (trouble !== null && (this.#probing || this.#openUntil > this.#now())) throw trouble;
    const probe = trouble !== null;
    if (probe) this.#probing = true;
    return (end) => {
      if (probe) this.#probing = false;
      this.#note(end);
    };
  }

  #note(end: CallEnd): void {
    if (end === 'abandoned') return;
    // What fails for a reason of its own was answered all the same: the endpoint is there.
    if (end === null || !end.transient) {
      this.#failures = 0;
      this.#openUntil = 0;
      return;
    }
    this.#failures += 1;
    this.#last = end;
    if (this.#failures < mostFailures) return;
    const rest = Math.min(longestRestMs, firstRestMs * 2 ** (this.#failures - mostFailures));
    this.#openUntil = this.#now() + Math.max(rest, end.retryAfterMs ?? 0);
  }
}
