/** Parts for tests of the pipeline: a responder and a transport that do as told, around a real database. */

import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { noFacts } from '../../src/domain/facts.ts';
import type { DraftInput, DraftResult, Responder } from '../../src/domain/responder.ts';
import { openLog } from '../../src/log.ts';
import type { DraftParts } from '../../src/pipeline/draft.ts';
import type { SenderRules, TriageParts } from '../../src/pipeline/filing.ts';
import { takeIn } from '../../src/pipeline/intake.ts';
import type { DeliverParts, OutgoingMailbox } from '../../src/pipeline/outgoing-mailbox.ts';
import type { Approval, ReviewParts } from '../../src/pipeline/review.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { createAccount } from '../../src/storage/accounts.ts';
import { enclosureSetHash, looseEnclosures } from '../../src/storage/enclosures.ts';
import { sha256 } from '../../src/storage/hash.ts';
import { type JobData, type JobName, openJobs } from '../../src/storage/jobs.ts';
import { ensureMailbox } from '../../src/storage/mailboxes.ts';
import type { Db } from '../../src/storage/tables.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';
import { FakeTransport } from './fake-transport.ts';
import { shelfOf } from './shelf.ts';

export const silentLog = openLog('silent');

export const shopAddress = 'help@shop.example';
export const customerAddress = 'ana@customer.example';

export interface Letter {
  from?: string;
  subject?: string;
  text?: string;
  messageId?: string | null;
  inReplyTo?: string;
  references?: string[];
  /** Further header lines, as they stand. */
  headers?: string[];
}

/**
 * The raw bytes of a mail; everything left out gets a sensible value: a new Message-ID, and a subject
 * and a text that no other mail has, so that nothing but the references ties two of them.
 */
export function letter(given: Letter = {}): Buffer {
  const id = given.messageId === undefined ? newId() : given.messageId;
  const lines = [
    `From: ${given.from ?? `Ana <${customerAddress}>`}`,
    `To: ${shopAddress}`,
    `Subject: ${given.subject ?? `Where is my kettle? (${randomUUID()})`}`,
    'Date: Mon, 02 Nov 2026 10:00:00 +0000',
    ...(id === null ? [] : [`Message-ID: ${id}`]),
    ...(given.inReplyTo === undefined ? [] : [`In-Reply-To: ${given.inReplyTo}`]),
    ...(given.references === undefined ? [] : [`References: ${given.references.join(' ')}`]),
    ...(given.headers ?? []),
  ];
  return Buffer.from(
    `${lines.join('\r\n')}\r\n\r\n${given.text ?? `It never came. (${randomUUID()})`}\r\n`,
  );
}

/** A Message-ID that no other mail has. */
export function newId(): string {
  return `<${randomUUID()}@customer.example>`;
}

/** What a responder gives back; `fields` and the rest can be set one by one. */
export function draftResult(
  fields: Partial<DraftResult['fields']> = {},
  rest: Partial<Omit<DraftResult, 'fields'>> = {},
): DraftResult {
  return {
    fields: {
      category: 'order',
      urgency: 'normal',
      language: 'en',
      reply: 'It is on its way.',
      citations: [{ section: 'shipping#times', quote: 'three days' }],
      missing: [],
      needsPerson: false,
      needsPersonReason: null,
      ...fields,
    },
    first: null,
    calls: [],
    checks: [{ check: 'citations', passed: true, message: '', spans: [] }],
    userTurn: 'the mail, fenced',
    examples: ['kettle-late-en', 'pair-7'],
    usage: { inputTokens: 10, cacheWriteTokens: 1, cacheReadTokens: 2, outputTokens: 3 },
    costUsd: 0.01,
    latencyMs: 12.5,
    requestId: 'req_1',
    ...rest,
  };
}

export const failedCheck = { check: 'amounts', passed: false, message: 'No.', spans: [] };

export type Answer = (input: DraftInput, signal: AbortSignal) => Promise<DraftResult> | DraftResult;

/** Answers with `next` answers first, in their order, and with `answer` from then on. */
class FakeResponder implements Responder {
  readonly inputs: DraftInput[] = [];
  next: Answer[] = [];
  answer: Answer = () => draftResult();
  readonly identity = {
    hash: 'a'.repeat(64),
    prompt: 'support/1',
    promptSha256: 'b'.repeat(64),
    policySetSha256: 'c'.repeat(64),
    examplesSha256: 'd'.repeat(64),
    model: 'fake',
    settings: { effort: null },
    system: 'You answer mail.',
  };

  async draft(input: DraftInput, signal: AbortSignal): Promise<DraftResult> {
    this.inputs.push(input);
    const answer = this.next.shift() ?? this.answer;
    return await answer(input, signal);
  }
}

/** One house for a test file: `drop` closes and removes everything. */
export async function openHouse({
  undoSeconds = 0,
  database: given,
}: {
  undoSeconds?: number;
  database?: TestDatabase;
} = {}) {
  const database = given ?? (await openTestDatabase());
  const { db } = database;
  const jobs = await openJobs(database.connection, silentLog);
  const mailbox = await ensureMailbox(db, {
    name: 'support',
    address: shopAddress,
    source: 'imap://help@mail.shop.example:993/INBOX',
  });
  const account = await createAccount(db, { name: 'Kim', role: 'agent', passwordHash: null });
  const responder = new FakeResponder();
  const transport = new FakeTransport();
  // What we put into the Sent folder, and what the provider put there itself.
  const [copies, sentFolder]: [string[], Set<string>] = [[], new Set()];
  const identity: OutgoingMailbox = {
    address: shopAddress,
    ...{ displayName: 'The Shop', signature: 'Kim, The Shop', plusAddressing: false, transport },
    saveSent: async ({ messageId }) => copies.push(messageId),
    isInSent: async (messageId) => sentFolder.has(messageId),
    leaving: { timeZone: 'Europe/Berlin', hours: null, approved: 'at_once' },
  };
  const mailboxes = new Map([[mailbox.name, identity]]);
  const [shared, ownAddresses] = [{ db, jobs, log: silentLog }, [shopAddress]];
  const rules = { authservId: 'mx.shop.example', trustedForms: [] };
  const senderRules = new Map<string, SenderRules>([[mailbox.name, rules]]);
  // One customer writes all the mail of a test file.
  const limits = { draftsPerSenderPerHour: 100_000, automaticPerConversationPerDay: 100_000 };
  const filing = { ownAddresses, senderRules, limits };
  const triageParts: TriageParts = { ...shared, ...filing, learnFromSent: true };
  const draftParts: DraftParts = {
    ...{ ...shared, responders: shelfOf({ own: responder }), factsFor: async () => noFacts },
    ...{
      shopName: 'The Shop',
      identities: mailboxes,
      budget: { perDayUsd: null, perMailUsd: null },
    },
  };
  const reviewParts: ReviewParts = { db, jobs, undoSeconds, ownAddresses, mailboxes };
  const deliverParts: DeliverParts = { ...shared, mailboxes };
  return {
    ...{ database, db, jobs, mailbox, account, responder, transport, copies, sentFolder },
    ...{ mailboxes, ownAddresses, senderRules, triageParts, draftParts, reviewParts, deliverParts },
    async drop() {
      await jobs.stop();
      await database.drop();
    },
  };
}

export type House = Awaited<ReturnType<typeof openHouse>>;

export interface WaitingJob<Name extends JobName = JobName> {
  id: string;
  name: Name;
  data: JobData[Name];
  startAfter: Date;
}

/** The jobs that wait to be run, oldest first. */
export async function waitingJobs<Name extends JobName>(
  db: Db,
  name: Name,
): Promise<WaitingJob<Name>[]> {
  const { rows } = await sql<WaitingJob<Name>>`
    select id, name, data, start_after as "startAfter" from pgboss.job
    where state in ('created', 'retry') and name = ${name} order by created_on, id`.execute(db);
  return rows;
}

/** Takes the waiting jobs of a name away, as a worker would. */
export async function takeJobs<Name extends JobName>(
  db: Db,
  name: Name,
): Promise<WaitingJob<Name>[]> {
  const jobs = await waitingJobs(db, name);
  for (const { id } of jobs) await sql`delete from pgboss.job where id = ${id}`.execute(db);
  return jobs;
}

/** Takes raw bytes in without filing them; gives the mail's id. */
export async function storeMail(house: House, raw: Buffer): Promise<number> {
  await takeIn(house, house.mailbox.id, [{ raw, place: null, receivedAt: null }]);
  const { id } = await house.db
    .selectFrom('message')
    .select('id')
    .where('raw_sha256', '=', sha256(raw))
    .executeTakeFirstOrThrow();
  return id;
}

/** Takes raw bytes in and files them; gives the mail's row. */
export async function arriveRaw(house: House, raw: Buffer) {
  const id = await storeMail(house, raw);
  await triage(house.triageParts, [id]);
  return await house.db
    .selectFrom('message')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** Takes a mail in and files it; gives its row. */
export async function arrive(house: House, given: Letter = {}) {
  return await arriveRaw(house, letter(given));
}

/** The newest draft of a conversation, as it stands. */
export async function newestDraft(house: House, conversationId: number | null) {
  return await house.db
    .selectFrom('draft')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
}

export async function draftRow(house: House, id: number) {
  return await house.db
    .selectFrom('draft')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

export async function decisionRow(house: House, id: number) {
  return await house.db
    .selectFrom('decision')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

export async function deliveryRow(house: House, id: number) {
  return await house.db
    .selectFrom('delivery')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

/** The approval of a draft as it stands, by someone who saw all of it. */
export async function approvalFor(
  house: House,
  draftId: number,
  changes: Partial<Approval> = {},
): Promise<Approval> {
  const draft = await draftRow(house, draftId);
  return {
    draftId,
    accountId: house.account.id,
    text: draft.reply ?? 'A reply by hand.',
    lastMessageId: draft.message_id,
    shownSha256: sha256(draft.reply ?? ''),
    enclosuresSha256: enclosureSetHash(await looseEnclosures(house.db, draft.conversation_id)),
    ...{ withoutFile: false, override: false, copies: [], leaving: null, reasons: [], note: null },
    ...changes,
  };
}
