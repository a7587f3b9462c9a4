/** The floor of `bench intake`: fetches a mailbox in batches and parses each mail; stores nothing. Its own process. */

import { ImapFlow } from 'imapflow';
import { simpleParser } from 'mailparser';

const [port = '', user = '', password = ''] = process.argv.slice(2);
const batch = 50;

const client = new ImapFlow({
  host: '127.0.0.1',
  port: Number(port),
  secure: false,
  doSTARTTLS: false,
  auth: { user, pass: password },
  logger: false,
});
await client.connect();
const { exists } = await client.mailboxOpen('INBOX', { readOnly: true });
let parsed = 0;
for (let first = 1; first <= exists; first += batch) {
  const mails = await client.fetchAll(`${first}:${Math.min(exists, first + batch - 1)}`, {
    uid: true,
    source: true,
  });
  for (const { source } of mails) {
    if (source === undefined) throw new Error('The server kept a mail to itself.');
    await simpleParser(source, {
      skipHtmlToText: true,
      skipTextToHtml: true,
      skipImageLinks: true,
      keepCidLinks: true,
    });
    parsed += 1;
  }
}
await client.logout();
process.stdout.write(`${parsed}\n`);
