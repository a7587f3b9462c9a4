/** Says where and how the SMTP double breaks: scripted actions by point of the dialogue. */

/**
 * Points of a dialogue, in order. The action takes place when the point is reached and before the server's answer:
 * `connect` and `banner` before the greeting; `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `rset`, `noop`,
 * `quit` when that command came; `body` after the first bytes of the message; `dot` after the final dot, nothing
 * accepted; `accepted` after the message was journalled and before the 250 (the ambiguous case of RFC 1047).
 */
export const SMTP_POINTS = [
  'connect',
  'banner',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'body',
  'dot',
  'accepted',
  'rset',
  'noop',
  'quit',
] as const;

export type SmtpPoint = (typeof SMTP_POINTS)[number];

/** What happens at a point. */
export type SmtpAction =
  /** Closes the connection (FIN). */
  | 'drop'
  /** Resets the connection (RST). */
  | 'reset'
  /** Says nothing until `release()`, then goes on. */
  | 'hang'
  /** Answers with this code instead; 421 also closes. `recipient` limits it to one RCPT. */
  | { reply: number; text?: string; recipient?: string }
  /** Answers as usual, then closes. */
  | 'answer-then-drop';

interface Entry {
  readonly point: SmtpPoint;
  readonly action: SmtpAction;
  left: number;
}

function concerns(entry: Entry, point: SmtpPoint, recipient: string | null): boolean {
  if (entry.point !== point || entry.left <= 0) return false;
  if (typeof entry.action === 'string' || entry.action.recipient === undefined) return true;
  return entry.action.recipient.toLowerCase() === recipient?.toLowerCase();
}

/** The scripted actions, used up in the order in which they were added. */
export class SmtpScript {
  #entries: Entry[] = [];
  #held: (() => void)[] = [];
  #reached: { point: SmtpPoint; resolve: () => void }[] = [];

  /** Adds an action for the next `times` arrivals at `point`; Infinity for always. */
  add(point: SmtpPoint, action: SmtpAction, times: number): void {
    this.#entries.push({ point, action, left: times });
  }

  clear(): void {
    this.#entries = [];
  }

  /** Takes the action for this arrival, or null for an ordinary answer. */
  take(point: SmtpPoint, recipient: string | null = null): SmtpAction | null {
    for (const waiter of this.#reached.filter((candidate) => candidate.point === point))
      waiter.resolve();
    this.#reached = this.#reached.filter((waiter) => waiter.point !== point);
    const entry = this.#entries.find((candidate) => concerns(candidate, point, recipient));
    if (entry === undefined) return null;
    entry.left -= 1;
    return entry.action;
  }

  /** Waits for the next `release()`. */
  hold(): Promise<void> {
    return new Promise((resolve) => this.#held.push(resolve));
  }

  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const resolve of held) resolve();
  }

  /** Resolves when a session next arrives at `point`. */
  reached(point: SmtpPoint): Promise<void> {
    return new Promise((resolve) => this.#reached.push({ point, resolve }));
  }
}
