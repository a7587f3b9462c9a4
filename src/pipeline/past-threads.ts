/**
 * Past threads: which conversations the mails of one batch of history belong to.
 *
 * The rules are those of triage, kept in memory, because an import asks a hundred questions at once.
 */

import type { Address } from '../domain/message.ts';

/** A conversation that is stored, or is to be. */
export interface PastConversation {
  /** Null until it is stored. */
  id: number | null;
  customer: Address;
  subject: string;
}

/** A mail as far as threading goes. */
export interface ThreadedMail {
  /** Null until it is stored. */
  id: number | null;
  direction: 'inbound' | 'outbound';
  headerMessageId: string | null;
  /** Message-IDs that it names, nearest first. */
  referenced: readonly string[];
  /** Who wrote it, and where an answer to it may go, in lower case. */
  senders: readonly string[];
  /** To whom it went, in lower case. */
  recipients: readonly string[];
  conversation: PastConversation | null;
}

function addTo(index: Map<string, ThreadedMail[]>, key: string, mail: ThreadedMail): void {
  const found = index.get(key);
  if (found === undefined) index.set(key, [mail]);
  else found.push(mail);
}

export class PastThreads {
  readonly #byId = new Map<string, ThreadedMail[]>();
  /** By the ids that they name. */
  readonly #naming = new Map<string, ThreadedMail[]>();
  /** Stored replies that found their conversation only now. */
  readonly adopted: ThreadedMail[] = [];

  /** @param known the stored mails that those of the batch may be related to. */
  constructor(known: readonly ThreadedMail[]) {
    for (const mail of known) this.#add(mail);
  }

  #add(mail: ThreadedMail): void {
    if (mail.headerMessageId !== null) addTo(this.#byId, mail.headerMessageId, mail);
    for (const id of mail.referenced) addTo(this.#naming, id, mail);
  }

  /** The conversation of a mail that this one names, that names it, or that names the same. */
  #related(
    { headerMessageId, referenced }: ThreadedMail,
    isTheirs: (conversation: PastConversation, mail: ThreadedMail) => boolean,
  ): PastConversation | null {
    const own = headerMessageId === null ? [] : [headerMessageId];
    const mails = [
      ...referenced.flatMap((id) => this.#byId.get(id) ?? []),
      ...[...referenced, ...own].flatMap((id) => this.#naming.get(id) ?? []),
    ];
    const found = mails.find(
      (mail) => mail.conversation !== null && isTheirs(mail.conversation, mail),
    );
    return found?.conversation ?? null;
  }

  /** Files a reply: into the conversation of a customer it went to, or nowhere yet. */
  fileReply(reply: ThreadedMail): void {
    reply.conversation = this.#related(
      reply,
      ({ customer }, { direction, senders }) =>
        reply.recipients.includes(customer.address) ||
        (direction === 'inbound' && senders.some((each) => reply.recipients.includes(each))),
    );
    this.#add(reply);
  }

  /**
   * Files a customer's mail, in a new conversation where it continues none, together with the loose
   * replies that name it or that it names.
   */
  fileCustomerMail(mail: ThreadedMail, customer: Address, subject: string): void {
    mail.conversation = this.#related(
      mail,
      (conversation) => conversation.customer.address === customer.address,
    ) ?? { id: null, customer, subject };
    this.#add(mail);
    const { headerMessageId, referenced, senders } = mail;
    const naming = headerMessageId === null ? [] : (this.#naming.get(headerMessageId) ?? []);
    const named = referenced.flatMap((id) => this.#byId.get(id) ?? []);
    for (const reply of [...naming, ...named]) {
      if (reply.direction !== 'outbound' || reply.conversation !== null) continue;
      if (!reply.recipients.some((each) => senders.includes(each))) continue;
      reply.conversation = mail.conversation;
      if (reply.id !== null) this.adopted.push(reply);
    }
  }
}
