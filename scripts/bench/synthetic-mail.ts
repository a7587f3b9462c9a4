/** Invented mail in any number: customers who ask, a shop that answers, newsletters in between. */

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';

/** The shop that the mails are about. */
export const shop = 'help@shop.example';

const subjects = ['Where is my order', 'Cracked lid', 'Wrong size', 'Invoice needed', 'Refund'];
const sentences = [
  'I ordered it two weeks ago and have heard nothing since.',
  'The parcel arrived, but what is in it is not what I asked for.',
  'Could you please send me the invoice once more, with our VAT number on it?',
  'My neighbour has the same one, and hers works without trouble.',
  'If it takes longer than until Friday I would rather have my money back.',
];

/** Numbers that look random and are the same in every run (Park and Miller, 1988). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const from = (list: readonly string[], random: () => number) =>
  list[Math.floor(random() * list.length)] ?? '';

function textOf(random: () => number): string {
  const count = 2 + Math.floor(random() * 8);
  return Array.from({ length: count }, () => from(sentences, random)).join('\n');
}

interface Mail {
  sender: string;
  to: string;
  subject: string;
  id: string;
  inReplyTo: string | null;
  at: Date;
  text: string;
  extra: string[];
}

function mboxEntry({ sender, to, subject, id, inReplyTo, at, text, extra }: Mail): string {
  const stamp = at.toUTCString();
  const ctime = `${stamp.slice(0, 3)} ${stamp.slice(8, 11)} ${stamp.slice(5, 7)} ${stamp.slice(17, 25)} ${stamp.slice(12, 16)}`;
  return [
    `From bench@mail.example ${ctime}`,
    `From: ${sender}`,
    `To: ${to}`,
    `Subject: ${subject}`,
    `Date: ${stamp}`,
    `Message-ID: ${id}`,
    ...(inReplyTo === null ? [] : [`In-Reply-To: ${inReplyTo}`, `References: ${inReplyTo}`]),
    ...extra,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text.replace(/^(>*From )/gm, '>$1'),
    '',
    '',
  ].join('\n');
}

async function write(stream: WriteStream, text: string): Promise<void> {
  if (!stream.write(text)) await once(stream, 'drain');
}

/**
 * Writes `n` mails into two mbox files: of ten, six are customers', three replies to them that
 * quote, and one is a newsletter.
 */
export async function writeArchives(inbox: string, sent: string, n: number): Promise<void> {
  const [inStream, sentStream] = [createWriteStream(inbox), createWriteStream(sent)];
  const random = numbers(7);
  const begin = Date.UTC(2021, 0, 1);
  for (let index = 0; index < n; index += 1) {
    const at = new Date(begin + index * 600_000);
    const kind = index % 10;
    const number = kind >= 6 && kind <= 8 ? index - 6 : index;
    const customer = `Customer ${number % 9_000} <customer${number % 9_000}@mail.example>`;
    const subject = `${subjects[number % subjects.length]} ${number}`;
    const asked = `<asked-${number}@mail.example>`;
    const text = textOf(random);
    if (kind <= 5)
      await write(
        inStream,
        mboxEntry({
          sender: customer,
          to: shop,
          subject,
          id: asked,
          inReplyTo: null,
          at,
          text,
          extra: [],
        }),
      );
    else if (kind <= 8)
      await write(
        sentStream,
        mboxEntry({
          sender: `The Shop <${shop}>`,
          to: customer,
          subject: `Re: ${subject}`,
          id: `<answered-${number}@shop.example>`,
          inReplyTo: asked,
          at,
          text: `Hello,\n\n${text}\n\nKind regards\nBo\n\nOn 3 Jan 2021, ${customer} wrote:\n> ${sentences[0]}`,
          extra: [],
        }),
      );
    else
      await write(
        inStream,
        mboxEntry({
          sender: 'News <news@letters.example>',
          to: shop,
          subject: `News ${index}`,
          id: `<news-${index}@letters.example>`,
          inReplyTo: null,
          at,
          text,
          extra: ['List-Id: <news.letters.example>'],
        }),
      );
  }
  for (const stream of [inStream, sentStream]) {
    stream.end();
    await once(stream, 'finish');
  }
}
