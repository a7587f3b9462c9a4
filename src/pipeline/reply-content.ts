/** What a reply says, for the customer and for the person who looks at it before: one way for both. */

import { type QuoteHistory, quotationOf } from '../mail/quotation.ts';
import type { ReplyContent } from '../mail/reply-bodies.ts';
import { loadQuotable } from '../storage/messages.ts';
import type { Db } from '../storage/tables.ts';

/** What a mailbox puts below its replies. */
export interface ReplyFooter {
  signature: string;
  /** ISO 639-1; of replies where that of the mail cannot be told. */
  language?: string | null;
  /** How much of the mail answered; nothing where it does not say. */
  quoteHistory?: QuoteHistory;
}

/**
 * The content of a reply to one message.
 *
 * @param reply `language` as ISO 639-1 code, null where nobody knows; `text` as it was approved.
 */
export async function replyContent(
  db: Db,
  { signature, quoteHistory = 'none' }: ReplyFooter,
  { messageId, language, text }: { messageId: number; language: string | null; text: string },
): Promise<ReplyContent> {
  const content = { text, signature };
  if (quoteHistory === 'none') return content;
  const mail = await loadQuotable(db, messageId);
  return { ...content, quotation: quotationOf(mail, quoteHistory, language) };
}
