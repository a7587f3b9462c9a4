/** Small customer mails as they come off the wire, for tests that only need one to be there. */

export interface CustomerMail {
  id: string;
  subject: string;
  text: string;
  from?: string;
  /** Message-IDs that it answers, oldest first. */
  references?: readonly string[];
}

/** The mail's bytes as text, with CRLF line ends. */
export function customerMail(mail: CustomerMail): string {
  const { id, subject, text, from = 'Dana Doe <dana@example.test>', references = [] } = mail;
  const answered = references.at(-1);
  const lines = [
    `From: ${from}`,
    'To: Example Shop <support@example.test>',
    `Subject: ${subject}`,
    `Message-ID: ${id}`,
    'Date: Mon, 02 Nov 2026 09:30:00 +0100',
    ...(answered === undefined
      ? []
      : [`In-Reply-To: ${answered}`, `References: ${references.join(' ')}`]),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    text,
    '',
  ];
  return lines.join('\n').replaceAll('\n', '\r\n');
}

/** A mail that the parser refuses: far more parts than anyone sends. */
export function unparsableMail(id: string): string {
  const parts = Array.from({ length: 25_000 }, () => '--b\r\n\r\nx\r\n').join('');
  const headers = [
    'From: Odd <odd@example.test>',
    'To: support@example.test',
    'Subject: Far too many parts',
    `Message-ID: ${id}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
  ];
  return `${headers.join('\r\n')}\r\n\r\n${parts}--b--\r\n`;
}
