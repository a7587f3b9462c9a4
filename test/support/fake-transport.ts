/** A way for mail to leave that goes nowhere: it notes each mail, and its fate is what a test says. */

import type { DeliveryOutcome, Outgoing, Transport } from '../../src/mail/smtp.ts';

export const accepted: DeliveryOutcome = { outcome: 'sent', response: '250 ok', rejected: [] };

export type Delivering = (mail: Outgoing) => Promise<DeliveryOutcome> | DeliveryOutcome;

/** Notes every mail; its fate is that of `next` first, and `fate` from then on. */
export class FakeTransport implements Transport {
  readonly mails: Outgoing[] = [];
  next: Delivering[] = [];
  fate: Delivering = () => accepted;

  async deliver(mail: Outgoing): Promise<DeliveryOutcome> {
    this.mails.push(mail);
    const fate = this.next.shift() ?? this.fate;
    return await fate(mail);
  }
}
