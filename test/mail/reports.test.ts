/** Bounces, complaints and receipts: what they report, in the standard's form and in free words. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MailReport } from '../../src/domain/report.ts';
import { readDeliveryStatus } from '../../src/mail/delivery-status.ts';
import { parseMail } from '../../src/mail/parse.ts';

async function reportOf(...lines: string[]): Promise<MailReport | null> {
  return (await parseMail(Buffer.from(lines.join('\r\n')))).report;
}

const returned = [
  'From: Shop <shop@shop.example>',
  'To: ann@c.example',
  'Message-ID: <rw.1@shop.example>',
  'Subject: Re: Order 12',
];

/** A `multipart/report` of the given type, with the mail that it is about. */
function multipart(type: string, part: readonly string[], original = 'message/rfc822') {
  return [
    'From: Mail Delivery System <MAILER-DAEMON@mx.example>',
    'To: shop@shop.example',
    `Content-Type: multipart/report; report-type=${type}; boundary=b`,
    '',
    '--b',
    '',
    'This is what happened.',
    '--b',
    `Content-Type: message/${type}`,
    '',
    ...part,
    '--b',
    `Content-Type: ${original}`,
    '',
    ...returned,
    '',
    'Hello',
    '--b--',
    '',
  ];
}

describe('a report by RFC 3464', () => {
  const status = [
    'Reporting-MTA: dns; mx.example',
    '',
    'Original-Recipient: rfc822; Ann@C.example',
    'Final-Recipient: rfc822; ann.long@Mx.C.example',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 <ann.long@mx.c.example>',
    '  user unknown',
    '',
    'Final-Recipient: rfc822;bob@c.example',
    'Action: delayed',
    'Status: 4.4.1 (no answer)',
  ];

  it.each(['message/rfc822', 'text/rfc822-headers'])(
    'names who and which mail, in %s',
    async (type) => {
      expect(await reportOf(...multipart('delivery-status', status, type))).toEqual({
        kind: 'delivery',
        recipients: [
          {
            address: 'ann.long@mx.c.example',
            originalAddress: 'Ann@c.example',
            action: 'failed',
            status: '5.1.1',
            diagnostic: '550 5.1.1 <ann.long@mx.c.example>  user unknown'.replace(/ {2}/g, ' '),
          },
          {
            ...{ address: 'bob@c.example', originalAddress: null, action: 'delayed' },
            ...{ status: '4.4.1', diagnostic: null },
          },
        ],
        originalMessageId: '<rw.1@shop.example>',
        reportingServer: 'mx.example',
        standard: true,
      });
    },
  );

  it.each([
    [
      'without the empty line after the first fields',
      'Reporting-MTA: dns; a\nFinal-Recipient: rfc822; a@b.example\nAction: failed',
      'failed',
    ],
    ['without an action', 'Final-Recipient: rfc822; a@b.example\nStatus: 4.2.2', 'delayed'],
    [
      'with a delivered copy',
      'Final-Recipient: rfc822; a@b.example\nAction: delivered\nStatus: 2.0.0',
      'delivered',
    ],
    [
      'with a word of its own',
      'Final-Recipient: rfc822; a@b.example\nAction: permanent-failure',
      'failed',
    ],
    [
      'with the status in the diagnostic only',
      'Final-Recipient: a@b.example\nDiagnostic-Code: smtp; 452 4.2.2 full',
      'delayed',
    ],
    ['with brackets', 'Original-Recipient: <a@b.example>\nAction: failed', 'failed'],
  ])('is read %s', (_what, text, action) => {
    expect(readDeliveryStatus(text).recipients).toEqual([
      expect.objectContaining({ address: 'a@b.example', action }),
    ]);
  });

  it('is bounded and throws for nothing', () => {
    const many = Array.from(
      { length: 5000 },
      (_, n) => `Final-Recipient: rfc822; a${n}@b.example\nAction: failed\n\n`,
    );
    expect(readDeliveryStatus(many.join('')).recipients).toHaveLength(100);
    const field = fc.constantFrom(
      'Final-Recipient: ',
      'Action: ',
      'Status: ',
      '\n\n',
      '\n ',
      'rfc822;',
      '<',
      '@',
      '5.1.1',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(field, fc.string()), { maxLength: 40 }), (pieces) => {
        readDeliveryStatus(pieces.join(''));
      }),
    );
  });
});

it('a complaint by RFC 5965 names its kind, and which mail', async () => {
  const part = [
    'Feedback-Type: abuse',
    'User-Agent: Provider/1',
    'Original-Rcpt-To: <ann@c.example>',
    'Original-Mail-From: <shop@shop.example>',
    'Source-IP: 192.0.2.1',
    'Reported-Domain: shop.example',
  ];
  expect(await reportOf(...multipart('feedback-report', part))).toEqual({
    kind: 'feedback',
    feedbackType: 'abuse',
    recipients: ['ann@c.example'],
    originalMailFrom: 'shop@shop.example',
    originalMessageId: '<rw.1@shop.example>',
    sourceIp: '192.0.2.1',
    reportedDomain: 'shop.example',
  });
});

it('a receipt by RFC 8098 says what was done with which mail', async () => {
  const part = [
    'Final-Recipient: rfc822; ann@c.example',
    'Original-Message-ID: <rw.1@shop.example>',
    'Disposition: manual-action/MDN-sent-manually; displayed',
  ];
  expect(await reportOf(...multipart('disposition-notification', part))).toEqual({
    kind: 'receipt',
    recipient: 'ann@c.example',
    disposition: 'displayed',
    originalMessageId: '<rw.1@shop.example>',
  });
});

describe('a bounce in free words', () => {
  it.each([
    [
      'qmail',
      [
        'From: MAILER-DAEMON@mx.example',
        'Subject: failure notice',
        '',
        'Hi. This is the qmail-send program at mx.example.',
        "I'm afraid I wasn't able to deliver your message to the following addresses.",
        '',
        '<ann@c.example>:',
        '192.0.2.1 does not like recipient.',
        'Remote host said: 550 5.1.1 user unknown',
        '',
        '--- Below this line is a copy of the message.',
        '',
        ...returned,
        'Received: from a by b',
        '',
        'Hello',
      ],
      { address: 'ann@c.example', action: 'failed', status: '5.1.1' },
    ],
    [
      'exim',
      [
        'From: Mail Delivery System <Mailer-Daemon@mx.example>',
        'X-Failed-Recipients: ann@c.example',
        'Subject: Mail delivery failed',
        '',
        'A message that you sent could not be delivered to one or more of its recipients.',
        '',
        '  ann@c.example',
        '    Unrouteable address',
        '',
        '------ This is a copy of the message ------',
        '',
        'Return-path: <shop@shop.example>',
        ...returned,
        '',
        'Hello',
      ],
      { address: 'ann@c.example', action: 'failed' },
    ],
    [
      'a server without any mark',
      [
        'From: someone@isp.example',
        'Subject: Re:Order 12',
        'In-Reply-To: <rw.1@shop.example>',
        '',
        'Error: Invalid user address',
        '550 - Requested action not taken: no such user here',
        '  RCPT TO: ann@c.example',
      ],
      { address: 'ann@c.example', action: 'failed' },
    ],
    [
      'a French server',
      [
        'From: service@isp.example',
        'Subject: Order 12 : non remis',
        '',
        "Votre message n'a pas pu être délivré à",
        'ann@c.example',
      ],
      { address: 'ann@c.example', action: 'failed' },
    ],
    [
      'one that still tries',
      [
        'From: postmaster@mx.example',
        'Subject: Warning: message delayed',
        '',
        'Your message has not yet been delivered; we are still trying.',
        '<ann@c.example>: 451 4.4.1 no answer',
      ],
      { address: 'ann@c.example', action: 'delayed', status: '4.4.1' },
    ],
  ])('%s', async (who, lines, recipient) => {
    const report = await reportOf('To: shop@shop.example', ...lines);
    expect(report).toMatchObject({ kind: 'delivery', standard: false });
    expect((report as { recipients: unknown[] }).recipients).toMatchObject([recipient]);
    if (lines.join().includes('<rw.1@'))
      expect(report, who).toMatchObject({ originalMessageId: '<rw.1@shop.example>' });
  });

  it.each([
    [
      'a parcel that did not come',
      'Where is it?',
      'My order could not be delivered, says DHL.\nann@c.example',
    ],
    [
      'a parcel, and an order number like a code',
      'Returned',
      'My order 503-2345678 was returned and rejected.\nAnn',
    ],
    [
      'a bounce that a person forwards',
      'Fwd: failure notice',
      'Your message could not be delivered\n550 5.1.1 <a@b.example> user unknown',
    ],
    [
      'a bounce that a person shows',
      'Why this?',
      'Begin forwarded message:\n\nYour message could not be delivered\n550 5.1.1 <a@b.example> user unknown',
    ],
    [
      'a bounce that a person quotes',
      'Why?',
      '> could not be delivered\n> 550 5.1.1 user unknown\n\nI wrote to you and got this.',
    ],
    [
      'an old mail below the words',
      'Delivery failed',
      'It was not delivered.\n\nFrom: Shop <shop@shop.example>\nDate: Monday\nTo: Ann\nSubject: Your order\n\nHello Ann',
    ],
    ['nothing of the kind', 'Order 12', 'Thank you!'],
  ])('is not: %s', async (_what, subject, text) => {
    expect(await reportOf('From: Ann <ann@c.example>', `Subject: ${subject}`, '', text)).toBeNull();
  });
});
