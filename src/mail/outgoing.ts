/** What an outgoing mail is, and what can become of it, whatever carries it. */

import type { ReplywrightError } from '../domain/errors.ts';

/** One mail, complete, committed to the database before anyone delivers it. */
export interface Outgoing {
  /** RFC 5321, section 2.3.1: bare addresses. */
  envelope: { from: string; to: string[] };
  /** Sent exactly as they are. */
  bytes: Buffer;
  /** With angle brackets. */
  messageId: string;
}

/**
 * The server has said no to this mail. `permanent`: the same mail would be refused again, and
 * `tooLarge`, because of its size. `code` is the SMTP reply code; null when our own side found it
 * undeliverable.
 */
export interface Refusal {
  outcome: 'refused';
  permanent: boolean;
  tooLarge?: boolean;
  code: number | null;
  response: string;
}

export type DeliveryOutcome =
  /**
   * The server has taken responsibility; `rejected` names recipients it did not take, `deferred`
   * those among them that it may take later.
   */
  | { outcome: 'sent'; response: string; rejected: string[]; deferred?: string[] }
  | Refusal
  /** Certainly not sent: safe to try again. */
  | { outcome: 'not_sent'; error: ReplywrightError }
  /** Perhaps sent, perhaps not (RFC 1047): never to be sent again without a person's word. */
  | { outcome: 'uncertain'; detail: string };

export interface Transport {
  /** Sends once. Never throws: whatever happens is an outcome. */
  deliver(mail: Outgoing): Promise<DeliveryOutcome>;
}
