/** Runs a threading case through intake, triage and delivery, and tells how its mails were grouped. */

import { deliver } from '../../src/pipeline/deliver.ts';
import { draftReply } from '../../src/pipeline/draft.ts';
import { takeIn } from '../../src/pipeline/intake.ts';
import { approve } from '../../src/pipeline/review.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { sha256 } from '../../src/storage/hash.ts';
import { ensureMailbox } from '../../src/storage/mailboxes.ts';
import { accepted } from '../support/fake-transport.ts';
import { approvalFor, type House, shopAddress, takeJobs } from '../support/parts.ts';
import type { IncomingMail, OurReply, ThreadCase } from './thread-cases.ts';

/** One mail of a case as it was in the end. */
export interface PlacedMail {
  key: string;
  /** Null when it is in no conversation. */
  conversationId: number | null;
  /** False for what was filed without asking for an answer. */
  answerable: boolean;
  messageId: string | null;
  /** In-Reply-To and References as they were sent. */
  references: string;
  from: string;
  subject: string;
}

export interface CaseResult {
  mails: PlacedMail[];
  /** As in `ThreadCase.expected`. */
  grouping: string;
  /** True when a conversation holds mail of somebody its customer did not bring in. */
  mergesCustomers: boolean;
}

const salesAddress = 'sales@shop.example';
const dayMs = 86_400_000;
const begin = Date.UTC(2026, 10, 2, 10);

/** Groups as a case writes them: in the order of their first mail. */
function groupingOf(mails: readonly PlacedMail[]): string {
  const filed = mails.filter(({ conversationId }) => conversationId !== null);
  const groups = [...Map.groupBy(filed, ({ conversationId }) => conversationId).values()];
  const words = groups.map((group) =>
    group.map(({ key, answerable }) => (answerable ? key : `${key}-`)).join(' '),
  );
  const unfiled = mails.filter(({ conversationId }) => conversationId === null);
  return [...words, ...unfiled.map(({ key }) => `(${key})`)].join(' | ');
}

class CaseRun {
  readonly #house: House;
  readonly #number: number;
  readonly #rows = new Map<string, number>();
  readonly #deliveries = new Map<string, number>();
  readonly #ids = new Map<string, string>();
  readonly #sent = new Map<string, Omit<PlacedMail, 'conversationId' | 'answerable'>>();

  constructor(house: House, number: number) {
    this.#house = house;
    this.#number = number;
  }

  /** Cases share a database: each has people and ids of its own. */
  #own(text: string): string {
    return text
      .replaceAll('{n}', String(this.#number))
      .replace(/(?<!\bshop|\.case\d+)\.example(?![\w.])/gi, `.case${this.#number}.example`)
      .replaceAll('@localhost>', `@case${this.#number}.localhost>`);
  }

  #idOf(key: string): string {
    return this.#ids.get(key) ?? this.#own(`<${key}@customer.example>`);
  }

  #fill(text: string): string {
    return this.#own(text).replace(
      /\{(\w+)(?:\.(\w+))?\}/g,
      (_whole, key: string, part?: string) => {
        const id = this.#idOf(key);
        const random = id.slice(1, id.lastIndexOf('@'));
        const parts: Record<string, string> = {
          random,
          bare: id.slice(1, -1),
          token: random.replace(/^rw\./, '').replaceAll('-', ''),
          folded: `${id.slice(0, 20)}\r\n ${id.slice(20)}`,
        };
        return part === undefined ? id : (parts[part] ?? '');
      },
    );
  }

  #raw(mail: IncomingMail): Buffer {
    const field = (name: string, value: string | undefined) =>
      value === undefined ? [] : [`${name}: ${this.#fill(value)}`];
    const id = mail.id === undefined ? this.#idOf(mail.key) : mail.id;
    if (id !== null) this.#ids.set(mail.key, this.#own(id));
    const lines = [
      ...field('From', mail.from ?? 'Ana <ana@customer.example>'),
      ...field('To', mail.to ?? shopAddress),
      ...field('Cc', mail.cc),
      ...field('Subject', mail.subject ?? 'My kettle leaks'),
      ...field('Message-ID', id ?? undefined),
      ...field('In-Reply-To', mail.inReplyTo),
      ...field('References', mail.references),
      ...(mail.headers ?? []).map((header) => this.#fill(header)),
    ];
    const text = mail.text ?? `This is mail ${mail.key} of case ${this.#number}.`;
    return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}\r\n`);
  }

  async #receive(mail: IncomingMail): Promise<void> {
    const { db } = this.#house;
    const sales = { name: 'sales', address: salesAddress, source: 'imap://sales' };
    const mailbox = mail.mailbox === 'sales' ? await ensureMailbox(db, sales) : this.#house.mailbox;
    const raw = this.#raw(mail);
    const receivedAt = new Date(begin + (mail.day ?? 0) * dayMs);
    await takeIn(this.#house, mailbox.id, [{ raw, place: null, receivedAt }]);
    const { id } = await db
      .selectFrom('message')
      .select('id')
      .where('raw_sha256', '=', sha256(raw))
      .where('mailbox_id', '=', mailbox.id)
      .executeTakeFirstOrThrow();
    await triage({ ...this.#house.triageParts, ownAddresses: [shopAddress, salesAddress] }, [id]);
    this.#rows.set(mail.key, id);
    this.#sent.set(mail.key, {
      key: mail.key,
      messageId: mail.id === null ? null : this.#idOf(mail.key),
      references: this.#fill(`${mail.references ?? ''} ${mail.inReplyTo ?? ''}`),
      from: this.#own(mail.from ?? 'ana@customer.example'),
      subject: mail.subject ?? 'My kettle leaks',
    });
  }

  async #answer({ key, answers, response, uncertain }: OurReply): Promise<void> {
    const { db, draftParts, reviewParts, deliverParts, transport } = this.#house;
    const { id } = await db
      .selectFrom('draft')
      .select('id')
      .where('message_id', '=', this.#rows.get(answers) ?? 0)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    await draftReply(draftParts, { draftId: id, failures: 0 }, new AbortController().signal);
    const approval = await approvalFor(this.#house, id);
    const { deliveryId } = await approve(reviewParts, approval);
    const said = this.#own(response ?? '250 2.0.0 Ok: queued as 4XyZ1a');
    transport.next = [
      () => (uncertain ? { outcome: 'uncertain', detail: '' } : { ...accepted, response: said }),
    ];
    await deliver(deliverParts, deliveryId);
    await takeJobs(db, 'deliver');
    const row = await db
      .selectFrom('delivery')
      .select('header_message_id')
      .where('id', '=', deliveryId)
      .executeTakeFirstOrThrow();
    this.#ids.set(key, row.header_message_id);
    this.#deliveries.set(key, deliveryId);
    this.#sent.set(key, {
      key,
      messageId: row.header_message_id,
      references: this.#idOf(answers),
      from: shopAddress,
      subject: 'Re: My kettle leaks',
    });
  }

  async #placeOf(key: string): Promise<Pick<PlacedMail, 'conversationId' | 'answerable'>> {
    const { db } = this.#house;
    const delivery = this.#deliveries.get(key);
    if (delivery !== undefined) {
      const { conversation_id: conversationId } = await db
        .selectFrom('delivery')
        .select('conversation_id')
        .where('id', '=', delivery)
        .executeTakeFirstOrThrow();
      return { conversationId, answerable: true };
    }
    const { conversation_id: conversationId, state } = await db
      .selectFrom('message')
      .select(['conversation_id', 'state'])
      .where('id', '=', this.#rows.get(key) ?? 0)
      .executeTakeFirstOrThrow();
    return { conversationId, answerable: state === 'answerable' };
  }

  /** Every conversation holds mail of its customer, and of whom it names as taking part. */
  async #mergesCustomers(conversationIds: (number | null)[]): Promise<boolean> {
    const ids = conversationIds.filter((id) => id !== null);
    if (ids.length === 0) return false;
    const rows = await this.#house.db
      .selectFrom('message')
      .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
      .select(['from_address', 'customer_address', 'participants'])
      .where('conversation.id', 'in', ids)
      .where('direction', '=', 'inbound')
      .execute();
    const base = (address: string) => address.toLowerCase().replace(/\+[^@]*@/, '@');
    return rows.some(({ from_address, customer_address, participants }) => {
      const from = base(from_address ?? '');
      return from !== base(customer_address) && !participants.includes(from);
    });
  }

  async run({ steps }: ThreadCase): Promise<CaseResult> {
    for (const step of steps) {
      if ('answers' in step) await this.#answer(step);
      else await this.#receive(step);
    }
    const mails: PlacedMail[] = [];
    for (const [key, sent] of this.#sent) mails.push({ ...sent, ...(await this.#placeOf(key)) });
    const mergesCustomers = await this.#mergesCustomers(
      mails.map(({ conversationId }) => conversationId),
    );
    return { mails, grouping: groupingOf(mails), mergesCustomers };
  }
}

/** The grouping that a case expects, in the order in which `groupingOf` tells it. */
export function expectedGrouping({ steps, expected }: ThreadCase): string {
  const order = steps.map(({ key }) => key);
  const rank = (word: string) => order.indexOf(word.replace(/[()-]/g, ''));
  const groups = expected.split('|').map((group) =>
    group
      .trim()
      .split(' ')
      .sort((a, b) => rank(a) - rank(b)),
  );
  const filed = groups.filter(([first]) => !first?.startsWith('('));
  const unfiled = groups.filter(([first]) => first?.startsWith('('));
  const sorted = filed.sort(([a = ''], [b = '']) => rank(a) - rank(b));
  return [...sorted, ...unfiled].map((group) => group.join(' ')).join(' | ');
}

/** Runs one case; `number` keeps it apart from the other cases in the same house. */
export async function runCase(
  house: House,
  given: ThreadCase,
  number: number,
): Promise<CaseResult> {
  return await new CaseRun(house, number).run(given);
}
