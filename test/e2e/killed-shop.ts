/** A shop whose program is killed again and again, with what must be true of its database all the while. */
import { sql } from 'kysely';
import { expect, vi } from 'vitest';
import { enclosureSetHash, looseEnclosures } from '../../src/storage/enclosures.ts';
import { openTestDatabase } from '../support/database.ts';
import type { Product } from '../support/product.ts';
import { approve, attach, logIn, type ShownDraft } from './http-desk.ts';
import { type Gate, type KillPoint, openGate } from './kill-points.ts';
import { openShop, type Shop, type ShopOptions } from './shop.ts';

type TestDatabase = Awaited<ReturnType<typeof openTestDatabase>>;

/** Generous: starting and recovering takes seconds on a busy machine. */
export const patience = { timeout: 120_000, interval: 100 };

/** What the person writes in place of every draft. */
const editedText = 'Hello Dana,\n\nyour parcel arrives tomorrow.\n\nYour team';

export class KilledShop {
  readonly shop: Shop;
  readonly #database: TestDatabase;
  readonly #gate: Gate;
  #product: Product | null = null;
  #cookie = '';

  constructor(shop: Shop, database: TestDatabase, gate: Gate) {
    this.shop = shop;
    this.#database = database;
    this.#gate = gate;
  }

  /** Starts the program, unless it runs. */
  async start(): Promise<Product> {
    this.#product ??= await this.shop.start();
    if (this.#cookie === '') this.#cookie = await logIn(this.#product);
    return this.#product;
  }

  /** Kills the program, and lets the time pass after which a dead one's work is taken up. */
  async kill(): Promise<void> {
    await this.#end();
    await this.#passTime();
  }

  /** Kills the program while it waits at the point; `lead` does what brings it there. */
  async killAt(point: KillPoint, lead: () => Promise<unknown> = async () => {}): Promise<void> {
    await this.#gate.arm(point);
    await this.start();
    // What is asked of a program that is killed meanwhile gets no answer.
    const asked = lead().catch(() => undefined);
    const backend = await this.#gate.held(point);
    await this.#end();
    await this.#gate.abandon(backend);
    await this.#gate.disarm(point);
    await asked;
    await this.#passTime();
    await this.#expectConsistent();
  }

  async #end(): Promise<void> {
    await this.#product?.kill9();
    this.#product = null;
  }

  async #passTime(): Promise<void> {
    const { db } = this.#database;
    await sql`update mailbox set lease_until = now() - interval '1 second'`.execute(db);
    await sql`update pgboss.job set heartbeat_on = now() - interval '1 hour',
      retry_delay = 0, retry_backoff = false where state = 'active'`.execute(db);
  }

  /** Resolves with the draft that answers the mail of that subject, once a person can decide on it. */
  async ready(subject: string): Promise<ShownDraft> {
    // Not expect.poll, here and below: it knows only one test at a time.
    return await vi.waitFor(async () => {
      const { reply, conversationId, ...draft } = await this.#database.db
        .selectFrom('draft')
        .innerJoin('message', 'message.id', 'draft.message_id')
        .select((from) => [
          ...(['draft.id', 'draft.message_id as messageId', 'draft.reply'] as const),
          from.ref('draft.conversation_id').as('conversationId'),
        ])
        .where('draft.state', '=', 'ready')
        .where('message.subject', '=', subject)
        .executeTakeFirstOrThrow(() => new Error(`No draft is ready that answers "${subject}".`));
      const files = await looseEnclosures(this.#database.db, conversationId);
      return { ...draft, reply: reply ?? '', enclosuresSha256: enclosureSetHash(files) };
    }, patience);
  }

  /** Approves the draft of that subject, edited, in the running program. */
  async approve(subject: string): Promise<void> {
    const draft = await this.ready(subject);
    expect(await approve(await this.start(), this.#cookie, draft, editedText)).toBe(303);
  }

  /** Attaches a file to the reply to the mail of that subject, in the running program. */
  async attach(subject: string, file: File): Promise<void> {
    const draft = await this.ready(subject);
    expect(await attach(await this.start(), this.#cookie, draft, file)).toBe(303);
  }

  /** The uploads that stand in the database: how many pieces there are, and whether that is all. */
  async uploads(): Promise<{ pieces: number; whole: boolean }[]> {
    const query = sql<{ pieces: number; whole: boolean }>`
      select count(number) as pieces, sha256 is not null as whole from enclosure
      left join enclosure_piece on enclosure_id = enclosure.id group by enclosure.id
      order by enclosure.id`;
    return (await query.execute(this.#database.db)).rows;
  }

  /** Lets the time pass after which an unfinished upload is one of a dead process. */
  async passUploads(): Promise<void> {
    await sql`update enclosure set created_at = created_at - interval '2 hours'
      where sha256 is null`.execute(this.#database.db);
  }

  async #deliveries() {
    return await this.#database.db
      .selectFrom('delivery')
      .select(['state', 'answer', 'header_message_id as messageId', 'sent_copy_at as copiedAt'])
      .orderBy('id')
      .execute();
  }

  /** The first `count` deliveries wait for a person, who is told why. */
  async expectParked(count: number): Promise<void> {
    const parked = (await this.#deliveries()).slice(0, count);
    expect(parked.map(({ state }) => state)).toEqual(Array(count).fill('uncertain'));
    for (const { answer } of parked) expect(answer).toContain('was stopped while this mail');
  }

  async #count(table: 'message' | 'conversation' | 'draft' | 'decision' | 'pair', where = 'true') {
    const query = sql<{ n: number }>`select count(*) as n from ${sql.table(table)}
      where ${sql.raw(where)}`;
    return (await query.execute(this.#database.db)).rows[0]?.n;
  }

  async #openJobs(): Promise<number | undefined> {
    // What nobody knows is looked for in the Sent folder for an hour.
    const query = sql<{ n: number }>`select count(*) as n from pgboss.job
      where state in ('created', 'retry', 'active', 'failed') and name <> 'look_in_sent'`;
    return (await query.execute(this.#database.db)).rows[0]?.n;
  }

  /** What holds at every moment, whatever was killed. */
  async #expectConsistent(): Promise<void> {
    const { db } = this.#database;
    const { uid } = await db.selectFrom('mailbox').select('uid').executeTakeFirstOrThrow();
    // The mark never stands above a mail that is not stored: that mail would be lost.
    expect(await this.#count('message', "direction = 'inbound'")).toBeGreaterThanOrEqual(uid ?? 0);
    const accepted = this.shop.smtp.accepted.map(({ messageId }) => messageId);
    expect(new Set(accepted).size).toBe(accepted.length);
  }

  /** Nothing is left to do, and every mail went its way exactly once, this many of them to the end. */
  async expectFinished(mails: number, sent: number, conversations = mails): Promise<void> {
    await vi.waitFor(async () => expect(await this.#openJobs()).toBe(0), patience);
    await this.#expectConsistent();
    const inbound = "direction = 'inbound' and state = 'answerable'";
    expect(await this.#count('message', inbound)).toBe(mails);
    expect(await this.#count('conversation')).toBe(conversations);
    expect(await this.#count('draft')).toBe(mails);
    expect(await this.#count('draft', "state = 'approved'")).toBe(mails);
    expect(await this.#count('decision')).toBe(mails);
    expect(await this.#count('message', "direction = 'outbound'")).toBe(sent);
    expect(await this.#count('pair')).toBe(sent);
    const deliveries = await this.#deliveries();
    expect(deliveries).toHaveLength(mails);
    const done = deliveries.filter(({ state }) => state === 'sent');
    expect(done).toHaveLength(sent);
    expect(done.every(({ copiedAt }) => copiedAt !== null)).toBe(true);
    const copies = (await this.shop.sent()).map(({ raw }) => raw.toString());
    expect(copies).toHaveLength(sent);
    for (const { messageId } of done) {
      const mine = this.shop.smtp.accepted.filter((mail) => mail.messageId === messageId);
      expect(mine).toHaveLength(1);
      expect(copies.filter((copy) => copy.includes(messageId))).toHaveLength(1);
    }
  }

  async close(): Promise<void> {
    await this.#gate.close();
    await this.shop.close();
    await this.#database.drop();
  }
}

/** Opens a shop on a database of its own; nothing runs yet. */
export async function openKilledShop(options: Omit<ShopOptions, 'databaseUrl'>) {
  const database = await openTestDatabase();
  const shop = await openShop({ ...options, databaseUrl: database.url });
  return new KilledShop(shop, database, await openGate(database.url));
}
