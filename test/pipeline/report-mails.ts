/** Mails that mail systems write about a reply of ours. */

import { randomUUID } from 'node:crypto';
import { shopAddress } from '../support/parts.ts';

export interface ReportLetter {
  /** The From line; null for none. */
  from?: string | null;
  /** Of the mail reported on. */
  about: string;
  /** The fields of each recipient. */
  recipients: readonly string[][];
}

/** The fields of a delivery status (RFC 3464) about one recipient. */
export function failedFor(address: string, words = '550 5.1.1 no such user'): string[] {
  return [
    `Final-Recipient: rfc822; ${address}`,
    ...['Action: failed', 'Status: 5.1.1', `Diagnostic-Code: smtp; ${words}`],
  ];
}

export function delayedFor(address: string): string[] {
  return [`Final-Recipient: rfc822; ${address}`, 'Action: delayed', 'Status: 4.4.1'];
}

function report(from: string | null, type: string, part: readonly string[], about: string): Buffer {
  return Buffer.from(
    [
      ...(from === null ? [] : [`From: ${from}`]),
      `To: ${shopAddress}`,
      `Message-ID: <${randomUUID()}@mx.customer.example>`,
      'Subject: A report',
      `Content-Type: multipart/report; report-type=${type}; boundary=b`,
      ...['', '--b', '', `This is what happened. (${randomUUID()})`],
      ...['--b', `Content-Type: message/${type}`, '', ...part],
      ...['--b', 'Content-Type: text/rfc822-headers', ''],
      ...[`From: ${shopAddress}`, `Message-ID: ${about}`, 'Subject: Re: Kettle', '', '--b--', ''],
    ].join('\r\n'),
  );
}

const daemon = 'Mail Delivery System <mailer-daemon@mx.customer.example>';

/** A bounce, or another report on what became of a mail. */
export function bounce({ from = daemon, about, recipients }: ReportLetter): Buffer {
  const part = [
    'Reporting-MTA: dns; mx.customer.example',
    ...recipients.flatMap((each) => ['', ...each]),
  ];
  return report(from, 'delivery-status', part, about);
}

/** What a provider writes when its user calls a mail spam (RFC 5965). */
export function complaint(about: string, type = 'abuse'): Buffer {
  const part = [`Feedback-Type: ${type}`, 'User-Agent: Some/1.0', 'Version: 1'];
  return report('Feedback <fbl@provider.example>', 'feedback-report', part, about);
}
