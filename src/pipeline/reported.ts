/** Reported: a bounce or a complaint joins the conversation of the delivery that it names. */

import type { ParsedMail } from '../domain/message.ts';
import type { DeliveryReport, FeedbackReport, MailReport } from '../domain/report.ts';
import { namesOfId } from '../mail/thread-evidence.ts';
import { lockConversation } from '../storage/conversations.ts';
import { conversationOfDelivery } from '../storage/deliveries.ts';
import {
  findNamedDelivery,
  type NewDeliveryReport,
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

/**
 * The delivery that a mail reports on, whoever wrote it: its Message-ID is random, and only who got
 * the delivery can name it. Its conversation is locked until the transaction ends.
 *
 * @returns null for mail that reports on nothing of ours.
 */
export async function reportedDelivery(
  tx: Tx,
  mail: ParsedMail,
  ownDomains: readonly string[],
): Promise<{ id: number; conversationId: number } | null> {
  const named = namedDelivery(mail);
  if (named === null) return null;
  const delivery = await findNamedDelivery(tx, namesOfId(named, ownDomains));
  if (delivery === null) return null;
  const { id, conversationId } = delivery;
  const locked = await lockConversation(
    tx,
    async () => (await conversationOfDelivery(tx, id)) ?? conversationId,
  );
  return { id, conversationId: locked.id };
}

/** Notes what a mail reports of a delivery, recipient by recipient; a second time adds nothing. */
export async function noteReports(
  tx: Tx,
  deliveryId: number,
  messageId: number,
  { report }: ParsedMail,
): Promise<void> {
  await recordDeliveryReports(tx, { deliveryId, messageId }, noted(report));
}
