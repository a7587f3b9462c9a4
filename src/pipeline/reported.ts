/** Reported: a bounce or a complaint joins the conversation of the reply that it names. */

import type { ParsedMail } from '../domain/message.ts';
import type { DeliveryReport, FeedbackReport, MailReport } from '../domain/report.ts';
import { parseMail } from '../mail/parse.ts';
import { namesOfId } from '../mail/thread-evidence.ts';
import { conversationOfMessage, lockConversation } from '../storage/conversations.ts';
import { conversationOfDelivery } from '../storage/deliveries.ts';
import {
  earlierReports,
  findNamedDelivery,
  findNamedReply,
  joinConversation,
  type NewDeliveryReport,
  type Reported,
  recordDeliveryReports,
} from '../storage/delivery-reports.ts';
import type { Tx } from '../storage/tables.ts';

/** The Message-ID of the mail that a bounce or a complaint is about; null for all other mail. */
export function namedDelivery({ report }: Pick<ParsedMail, 'report'>): string | null {
  return report === null || report.kind === 'receipt' ? null : report.originalMessageId;
}

/** Feedback types of RFC 5965, section 7.3, that complain; the others report technical findings. */
const complaints: ReadonlySet<string> = new Set(['abuse', 'fraud', 'virus', 'opt-out', 'other']);

function complaintOf({ feedbackType, recipients }: FeedbackReport): NewDeliveryReport[] {
  if (!complaints.has(feedbackType)) return [];
  const [recipient = ''] = recipients;
  return [{ recipient, action: 'complaint', status: feedbackType, diagnostic: null }];
}

function troublesOf({ recipients }: DeliveryReport): NewDeliveryReport[] {
  const named = recipients.flatMap(({ action, address, originalAddress, ...rest }) => {
    if (action !== 'failed' && action !== 'delayed') return [];
    const { status, diagnostic } = rest;
    return [{ recipient: originalAddress ?? address, action, status, diagnostic }];
  });
  if (recipients.length > 0) return named;
  // A bounce that names nobody still says that something did not arrive.
  return [{ recipient: '', action: 'failed', status: null, diagnostic: null }];
}

/** What is noted of a report. */
function noted(report: MailReport | null): NewDeliveryReport[] {
  if (report?.kind === 'feedback') return complaintOf(report);
  return report?.kind === 'delivery' ? troublesOf(report) : [];
}

/** What a mail reports on, and the conversation that holds it. */
export interface Found {
  about: Reported;
  conversationId: number;
}

/** The delivery or the colleague's reply that goes by a name. */
async function findNamed(
  tx: Tx,
  named: string,
  ownDomains: readonly string[],
): Promise<(Found & { now: () => Promise<number | null> }) | null> {
  const delivery = await findNamedDelivery(tx, namesOfId(named, ownDomains));
  if (delivery !== null) {
    const { id, conversationId } = delivery;
    return { about: { deliveryId: id }, conversationId, now: () => conversationOfDelivery(tx, id) };
  }
  const reply = await findNamedReply(tx, named);
  if (reply === null) return null;
  const { id, conversationId } = reply;
  return { about: { replyId: id }, conversationId, now: () => conversationOfMessage(tx, id) };
}

/**
 * The reply that a mail reports on, whoever wrote it: its Message-ID is random, and only who got the
 * reply can name it. Its conversation is locked until the transaction ends.
 *
 * @returns null for mail that reports on nothing of ours.
 */
export async function reportedReply(
  tx: Tx,
  mail: ParsedMail,
  ownDomains: readonly string[],
): Promise<Found | null> {
  const named = namedDelivery(mail);
  const found = named === null ? null : await findNamed(tx, named, ownDomains);
  if (found === null) return null;
  const { about, conversationId, now } = found;
  const locked = await lockConversation(tx, async () => (await now()) ?? conversationId);
  return { about, conversationId: locked.id };
}

/** Takes in the reports on a colleague's reply that came before the reply was seen. */
export async function adoptEarlierReports(
  tx: Tx,
  reply: { id: number; mailboxId: number; conversationId: number; headerMessageId: string | null },
): Promise<void> {
  const { id: replyId, mailboxId, conversationId, headerMessageId } = reply;
  if (headerMessageId === null) return;
  for (const { id, raw } of await earlierReports(tx, mailboxId, headerMessageId)) {
    const mail = await parseMail(raw);
    if (namedDelivery(mail) !== headerMessageId) continue;
    await joinConversation(tx, id, conversationId);
    await noteReports(tx, { replyId }, id, mail);
  }
}

/** Notes what a mail reports of a reply, recipient by recipient; a second time adds nothing. */
export async function noteReports(
  tx: Tx,
  about: Reported,
  messageId: number,
  { report }: ParsedMail,
): Promise<void> {
  await recordDeliveryReports(tx, about, messageId, noted(report));
}
