/** Labels as people correct them: one of one draft, and those that the next drafts learn from. */

import { ReplywrightError } from '../domain/errors.ts';
import { asLabel, type LabelledMail } from '../domain/labels.ts';
import { withPlaceholders } from '../responder/placeholders.ts';
import { correctedMails, correctLabel, type LabelChange } from '../storage/labels.ts';
import type { Db } from '../storage/tables.ts';

/** How many corrected mails a request shows, and how much of each, in UTF-16 units. */
const shownMails = 5;
const shownText = 200;
/** So much is read of each: a placeholder is never cut out of half a number. */
const readText = 1_000;

/**
 * Corrects one label of a draft.
 *
 * @returns the value as it is kept, and the conversation of the draft.
 * @throws ReplywrightError `input_invalid`, `label_changed`, `not_found`.
 */
export async function correct(
  { db }: { db: Db },
  change: LabelChange,
): Promise<{ conversationId: number; value: string }> {
  const value = asLabel(change.label, change.to);
  if (value === null) {
    const detail = `"${change.to.slice(0, 60)}" is no ${change.label}`;
    throw new ReplywrightError('input_invalid', { detail });
  }
  const conversationId = await db
    .transaction()
    .execute((tx) => correctLabel(tx, { ...change, to: value }));
  return { conversationId, value };
}

/** The text without its customer's data, cut between words. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= shownText ? line : `${line.slice(0, shownText).replace(/\s\S*$/, '')} …`;
}

/**
 * How colleagues labelled other mails of a mailbox, the newest first: examples for its drafts.
 *
 * @param customerAddress of the mail to answer; mails of the same customer are left out.
 */
export async function labelledMails(
  db: Db,
  mailboxId: number,
  customerAddress: string,
): Promise<LabelledMail[]> {
  const mails = await correctedMails(db, {
    ...{ mailboxId, not: customerAddress, count: shownMails, longest: readText },
  });
  return mails.map(({ text, customer, category, urgency, language }) => ({
    text: shortened(withPlaceholders(text, customer)),
    category: category ?? 'other',
    urgency: urgency ?? 'normal',
    language: language ?? '',
  }));
}
