/** Reports in words: what mail systems said about a sent reply, to be shown with it. */

import type { DeliveryReportView } from '../storage/delivery-reports.ts';

/** What a provider says when it passes a complaint on, by RFC 5965, section 7.3. */
const complaintWords: Record<string, string> = {
  abuse: 'spam',
  fraud: 'fraud',
  virus: 'infected',
  'opt-out': 'unwanted',
};

function withWords(line: string, { diagnostic, status }: DeliveryReportView): string {
  const said = diagnostic ?? status;
  return said === null ? line : `${line}: ${said}`;
}

/** RFC 3463, sections 3.3 and 3.4: the mail is larger than the mailbox or its system takes. */
const tooLarge: ReadonlySet<string> = new Set(['5.2.3', '5.3.4']);

function failureLine(report: DeliveryReportView): string {
  const { recipient, status } = report;
  if (recipient === '') return 'A mail system reports that this did not arrive';
  if (!tooLarge.has(status ?? '')) return withWords(`Not delivered to ${recipient}`, report);
  const line = `Too large for the mail system of ${recipient}, write again with less attached`;
  return withWords(line, report);
}

function lineOf(report: DeliveryReportView): { line: string; tone: 'look' | 'stop' } {
  const { recipient, action, status } = report;
  switch (action) {
    case 'failed':
      return { line: failureLine(report), tone: 'stop' };
    case 'delayed':
      return { line: withWords(`Delayed on its way to ${recipient}`, report), tone: 'look' };
    case 'complaint': {
      const word = complaintWords[status ?? ''] ?? 'unwanted';
      return { line: `The recipient’s provider reports this as ${word}`, tone: 'stop' };
    }
  }
}

/** A delay is past once the same copy has come back. */
function isPast(report: DeliveryReportView, all: readonly DeliveryReportView[]): boolean {
  const { recipient } = report;
  return (
    report.action === 'delayed' &&
    all.some((other) => other.action === 'failed' && other.recipient === recipient)
  );
}

/** The reports on one delivery, with who has seen them; null when there are none. */
function deliveryReportsView(reports: readonly DeliveryReportView[]) {
  const [first] = reports;
  if (first === undefined) return null;
  const grave = reports.filter(({ action }) => action !== 'delayed');
  const last = grave.findLast(({ seenAt }) => seenAt !== null);
  return {
    // What was seen is said of our delivery, or of the colleague's mail.
    seenAt:
      first.deliveryId === null
        ? `/messages/${first.sentMessageId}/seen`
        : `/deliveries/${first.deliveryId}/seen`,
    lines: reports
      .filter((report) => !isPast(report, reports))
      .map((report) => ({ ...lineOf(report), at: report.at })),
    unseen: grave.some(({ seenAt }) => seenAt === null),
    failed: grave.some(({ action }) => action === 'failed'),
    seen: last === undefined ? null : { by: last.seenBy, at: last.seenAt },
  };
}

/**
 * What was reported about the reply that a message is; null when nothing was.
 *
 * @param messageId of the sent message.
 */
export function reportsOn(reports: readonly DeliveryReportView[], messageId: number) {
  return deliveryReportsView(reports.filter(({ sentMessageId }) => sentMessageId === messageId));
}

/** What was reported about deliveries that stand among the messages shown as no message. */
export function otherReports(
  reports: readonly DeliveryReportView[],
  shown: readonly { id: number }[],
) {
  const ids = new Set(shown.map(({ id }) => id));
  const others = reports.filter(
    ({ sentMessageId }) => sentMessageId === null || !ids.has(sentMessageId),
  );
  const byReply = Map.groupBy(others, ({ deliveryId, sentMessageId }) =>
    deliveryId === null ? `m${sentMessageId}` : `d${deliveryId}`,
  );
  return [...byReply.values()].map(deliveryReportsView);
}
