/** Mail in the Sent folder, as a colleague's mail program leaves it there. */

import { takeInSent } from '../../src/pipeline/intake.ts';
import { triage } from '../../src/pipeline/triage.ts';
import { sha256 } from '../../src/storage/hash.ts';
import { customerAddress, type House, newId, shopAddress, takeJobs } from '../support/parts.ts';

const place = 'imap://help@mail.shop.example/\\Sent';
let uid = 0;

export interface SentLetter {
  to?: string;
  subject?: string;
  text?: string;
  messageId?: string;
  inReplyTo?: string;
  headers?: string[];
}

/** The bytes of a mail that a colleague sent. */
export function sentLetter(given: SentLetter): Buffer {
  return Buffer.from(
    [
      `From: The Shop <${shopAddress}>`,
      `To: ${given.to ?? customerAddress}`,
      `Subject: ${given.subject ?? 'Re: Where is my kettle?'}`,
      'Date: Mon, 02 Nov 2026 11:00:00 +0000',
      `Message-ID: ${given.messageId ?? newId()}`,
      ...(given.inReplyTo === undefined ? [] : [`In-Reply-To: ${given.inReplyTo}`]),
      ...(given.headers ?? []),
      '',
      given.text ?? 'It is at the post office.\n\n-- \nBo, The Shop',
      '',
    ].join('\r\n'),
  );
}

/** Puts a mail into the Sent folder and files it; gives its row, or null when it is no new one. */
export async function sentElsewhere(house: House, given: SentLetter | Buffer) {
  const raw = Buffer.isBuffer(given) ? given : sentLetter(given);
  uid += 1;
  const mail = { raw, place: { uidvalidity: 1, uid }, receivedAt: new Date() };
  await takeInSent(house, house.mailbox.id, place, [mail]);
  for (const { data } of await takeJobs(house.db, 'triage'))
    await triage(house.triageParts, data.messageIds);
  const row = await house.db
    .selectFrom('message')
    .selectAll()
    .where('raw_sha256', '=', sha256(raw))
    .executeTakeFirstOrThrow();
  return row;
}

export async function candidatesOf(house: House, messageId: number) {
  return await house.db
    .selectFrom('candidate')
    .selectAll()
    .where('message_id', '=', messageId)
    .execute();
}
