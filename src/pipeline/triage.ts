/** Triage: a stored message is parsed, judged answerable or not, threaded, and a draft asked for. */

import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import type { Address, ParsedMail } from '../domain/message.ts';
import type { Log } from '../log.ts';
import { answerability } from '../mail/automated.ts';
import { readHeaders } from '../mail/header-block.ts';
import { parseMail } from '../mail/parse.ts';
import { oneLine } from '../mail/text-hygiene.ts';
import { normalizeSubject, referencedIds } from '../mail/threading.ts';
import { moveMessage } from '../storage/compare-and-set.ts';
import {
  createConversation,
  findConversation,
  lockConversation,
  setLastMessage,
} from '../storage/conversations.ts';
import { createDraft, staleOpenDraft } from '../storage/drafts.ts';
import type { Jobs } from '../storage/jobs.ts';
import { lockFiling } from '../storage/mailboxes.ts';
import { loadForTriage, parsedColumns } from '../storage/messages.ts';
import { refusesValue } from '../storage/refusal.ts';
import type { Db, Tx } from '../storage/tables.ts';

export interface TriageParts {
  db: Db;
  jobs: Jobs;
  log: Log;
  /** Every address that mail of ours comes from; what they send is never answered. */
  ownAddresses: string[];
}

/** Asks for a draft that answers `messageId`, in place of any draft that is open. */
async function askForDraft(
  tx: Tx,
  jobs: Jobs,
  conversationId: number,
  messageId: number,
): Promise<void> {
  await lockConversation(tx, conversationId);
  await staleOpenDraft(tx, conversationId);
  await setLastMessage(tx, conversationId, messageId);
  const draftId = await createDraft(tx, conversationId, messageId);
  await jobs.send(tx, 'draft', { draftId, failures: 0 });
}

/**
 * Who a conversation is with. RFC 5321, section 2.4, lets the local part depend on case; no mail
 * provider that people use does, and phones write the first letter large.
 */
function customerOf(from: Address): Address {
  return { name: from.name, address: from.address.toLowerCase() };
}

async function conversationOf(
  tx: Tx,
  mailboxId: number,
  customer: Address,
  mail: ParsedMail,
): Promise<number> {
  const found = await findConversation(
    tx,
    mailboxId,
    customer.address,
    mail.messageId,
    referencedIds(mail),
  );
  if (found !== null) return found;
  const normalized = normalizeSubject(mail.subject);
  return await createConversation(tx, mailboxId, customer, mail.subject, normalized);
}

/** Files what cannot be read, with as much of its header as a person needs to recognize it. */
async function quarantine(
  parts: TriageParts,
  messageId: number,
  raw: Buffer,
  error: ReplywrightError,
): Promise<void> {
  parts.log.warn('mail_quarantined', { messageId, error });
  const headers = readHeaders(raw);
  const start = (name: string) => oneLine(headers.get(name)?.[0] ?? '', 300);
  const columns = {
    state_reason: explain(error),
    from_name: start('from'),
    subject: start('subject'),
  };
  await parts.db
    .transaction()
    .execute((tx) => moveMessage(tx, messageId, 'stored', 'quarantined', columns));
}

/** Files what was parsed: its state, its conversation, and the wish for a draft. */
async function file(
  parts: TriageParts,
  messageId: number,
  mailboxId: number,
  mail: ParsedMail,
): Promise<void> {
  const verdict = answerability(mail, parts.ownAddresses);
  await parts.db.transaction().execute(async (tx) => {
    await lockFiling(tx, mailboxId);
    const customer = mail.from === null ? null : customerOf(mail.from);
    const answerable = verdict.state === 'answerable' && customer !== null;
    // What no one answers still joins the conversation it belongs to, but never starts one.
    const conversationId =
      customer === null
        ? null
        : answerable
          ? await conversationOf(tx, mailboxId, customer, mail)
          : await findConversation(
              tx,
              mailboxId,
              customer.address,
              mail.messageId,
              referencedIds(mail),
            );
    await moveMessage(tx, messageId, 'stored', verdict.state, {
      ...parsedColumns(mail),
      state_reason: verdict.reason,
      conversation_id: conversationId,
    });
    if (answerable && conversationId !== null)
      await askForDraft(tx, parts.jobs, conversationId, messageId);
  });
  parts.log.info('mail_triaged', { messageId, state: verdict.state });
}

async function parseAndFile(
  parts: TriageParts,
  messageId: number,
  { raw, mailboxId }: { raw: Buffer; mailboxId: number },
): Promise<void> {
  try {
    await file(parts, messageId, mailboxId, await parseMail(raw));
  } catch (error) {
    const unparsable = error instanceof ReplywrightError && error.code === 'mail_unparsable';
    if (!unparsable && !refusesValue(error)) throw error;
    const detail = 'it holds what the database cannot keep';
    const reason = unparsable
      ? error
      : new ReplywrightError('mail_unparsable', { detail }, { cause: error });
    await quarantine(parts, messageId, raw, reason);
  }
}

/** Files one stored message. Does nothing when it is filed already. */
export async function triage(parts: TriageParts, messageId: number): Promise<void> {
  const message = await loadForTriage(parts.db, messageId);
  if (message === null || message.state !== 'stored') return;
  await parseAndFile(parts, messageId, message).catch((error: unknown) => {
    // Another worker was first.
    if (asReplywrightError(error).code !== 'state_changed') throw error;
  });
}

/**
 * Treats a filed message as a person's: it gets its conversation and a draft.
 *
 * @throws ReplywrightError `not_found`, `state_changed`, `no_recipient`.
 */
export async function treatAsAnswerable(
  parts: { db: Db; jobs: Jobs },
  { messageId }: { messageId: number },
): Promise<{ conversationId: number }> {
  const message = await loadForTriage(parts.db, messageId);
  if (message === null) throw new ReplywrightError('not_found', { what: 'mail', id: messageId });
  const { state } = message;
  if (state !== 'automated' && state !== 'blocked') {
    const expected = 'automated or blocked';
    throw new ReplywrightError('state_changed', { what: 'mail', expected, actual: state });
  }
  const mail = await parseMail(message.raw);
  if (mail.from === null) throw new ReplywrightError('no_recipient');
  const customer = customerOf(mail.from);
  const { mailboxId } = message;
  return await parts.db.transaction().execute(async (tx) => {
    await lockFiling(tx, mailboxId);
    const conversationId = await conversationOf(tx, mailboxId, customer, mail);
    const columns = { state_reason: null, conversation_id: conversationId };
    await moveMessage(tx, messageId, state, 'answerable', columns);
    await askForDraft(tx, parts.jobs, conversationId, messageId);
    return { conversationId };
  });
}
