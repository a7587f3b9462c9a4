/** Mails that wait in a Dovecot's INBOX before anybody looks: written straight into its Maildir, as delivery would. */

import { chown, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Words to fill mails with: their shape matters to a parser, their sense to nobody. */
const words =
  'the order kettle arrived yesterday without its lid and I would like to know when another one can be sent thank you'.split(
    ' ',
  );

/** A generator of numbers in [0, 1) that gives the same ones in every run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function prose(random: () => number, bytes: number): string {
  const lines: string[] = [];
  for (let length = 0; length < bytes; ) {
    const line = Array.from({ length: 12 }, () => words[Math.floor(random() * words.length)]);
    lines.push(line.join(' '));
    length += lines.at(-1)?.length ?? 0;
  }
  return lines.join('\r\n');
}

/** One customer's mail of 1 to 8 kB: half of them plain, half with HTML beside the plain text. */
export function waitingMail(number: number): string {
  const random = numbers(number + 1);
  const size = 1_000 + Math.floor(random() * 7_000);
  const head = [
    `From: Customer ${number} <customer-${number}@buyers.example>`,
    'To: support@example.test',
    `Subject: Order ${10_000 + number}`,
    `Message-ID: <${number}@buyers.example>`,
    'Date: Mon, 02 Nov 2026 09:30:00 +0100',
    'MIME-Version: 1.0',
  ];
  if (number % 2 === 0) {
    const body = prose(random, size - 400);
    return [...head, 'Content-Type: text/plain; charset=utf-8', '', body, ''].join('\r\n');
  }
  const half = prose(random, (size - 700) / 2);
  return [
    ...head,
    'Content-Type: multipart/alternative; boundary="=_b"',
    '',
    '--=_b',
    'Content-Type: text/plain; charset=utf-8',
    '',
    half,
    '--=_b',
    'Content-Type: text/html; charset=utf-8',
    '',
    `<html><body><p>${half}</p></body></html>`,
    '--=_b--',
    '',
  ].join('\r\n');
}

/**
 * Puts mails `from` to `to - 1` into the user's INBOX.
 *
 * @param folder of the private Dovecot.
 */
export async function fillInbox(
  folder: string,
  user: string,
  from: number,
  to: number,
): Promise<void> {
  const home = join(folder, 'mail', user);
  const { uid, gid } = await stat(join(folder, 'mail'));
  for (const part of ['', 'Maildir', 'Maildir/cur', 'Maildir/new', 'Maildir/tmp']) {
    await mkdir(join(home, part), { recursive: true });
    await chown(join(home, part), uid, gid);
  }
  for (let number = from; number < to; number += 1) {
    // Maildir sorts by name: seconds, then a number (cr.yp.to/proto/maildir.html).
    const file = join(home, 'Maildir', 'new', `${1_790_000_000 + number}.M${number}P1.bench`);
    await writeFile(file, waitingMail(number));
    await chown(file, uid, gid);
  }
}
