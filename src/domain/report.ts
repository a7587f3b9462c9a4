/** A report: what a mail system says about a mail that was sent earlier. */

/** What became of one recipient's copy (RFC 3464, section 2.3.3). */
export type ReportedAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface ReportedRecipient {
  /** Bare address as the reporting system wrote it, lower case in the domain. */
  address: string;
  /** The address that the sender wrote to, where the report says that it was another one. */
  originalAddress: string | null;
  action: ReportedAction;
  /** Status code such as `5.1.1` (RFC 3463); null when the report gives none. */
  status: string | null;
  /** The other server's own words, one line, at most 500 characters; null when there are none. */
  diagnostic: string | null;
}

/** A bounce or another delivery status notification. */
export interface DeliveryReport {
  kind: 'delivery';
  /** At most 100. Empty when the report does not say whom it is about. */
  recipients: ReportedRecipient[];
  /** Of the mail reported on, with angle brackets; null when the report does not show it. */
  originalMessageId: string | null;
  /** The Reporting-MTA; null when unknown. */
  reportingServer: string | null;
  /** False for a bounce in free text, whose facts were gathered from its words. */
  standard: boolean;
}

/** A complaint from a mail provider (RFC 5965), for instance that a customer pressed "spam". */
export interface FeedbackReport {
  kind: 'feedback';
  /** `abuse`, `fraud`, `virus`, `not-spam`, `auth-failure`, `opt-out`, `other`; lower case. */
  feedbackType: string;
  /** Whom the mail complained about went to, where the report says it. */
  recipients: string[];
  originalMailFrom: string | null;
  originalMessageId: string | null;
  sourceIp: string | null;
  reportedDomain: string | null;
}

/** A read receipt (RFC 8098). */
export interface ReadReceipt {
  kind: 'receipt';
  recipient: string | null;
  /** `displayed`, `deleted`, `dispatched` or `processed`; lower case. */
  disposition: string;
  originalMessageId: string | null;
}

export type MailReport = DeliveryReport | FeedbackReport | ReadReceipt;
