/** The sandbox: an invented shop with a folder for a mailbox, used when nothing is configured. */

import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { ContextConfig } from '../config/context.ts';
import type { MailboxConfig } from '../config/mailbox.ts';
import { localTimeZone } from '../domain/zoned-time.ts';
import { fillMailbox } from './sample-mails.ts';

const shopAddress = 'support@harborandpine.example';
/** The invented mail server, whose word on their senders the sample mails carry. */
const authservId = 'mx.harborandpine.example';

/** The invented shop's orders: what a shop system would be asked for. */
const context: ContextConfig = {
  orderNumbers: ['4{4 digits}'],
  sources: [
    {
      name: 'orders',
      kind: 'order',
      key: '/number',
      owner: '/customer/email',
      facts: {
        status: '/status',
        delivery: '/delivery',
        articles: '/articles',
        total: '/total',
      },
      probe: '48102',
      place: { kind: 'file', path: join(import.meta.dirname, 'orders.json') },
    },
  ],
};

/** A customer mail that somebody types in the desk. */
export interface TypedMail {
  fromName: string;
  fromAddress: string;
  subject: string;
  text: string;
}

export interface Sandbox {
  mailbox: MailboxConfig;
  context: ContextConfig;
  /**
   * Delivers a typed mail as if a customer had sent it; resolves with its Message-ID. Nobody vouches
   * for its sender, so the desk shows what a draft without order facts looks like, too.
   */
  submitMail(mail: TypedMail): Promise<string>;
}

async function compose(mail: TypedMail, messageId: string): Promise<Buffer> {
  return await new MailComposer({
    from: { name: mail.fromName, address: mail.fromAddress },
    to: shopAddress,
    subject: mail.subject,
    text: mail.text,
    messageId,
    date: new Date(),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}

/** Opens the sandbox in the data folder, with the sample mails the first time; `responder` drafts. */
export async function openSandbox(dataFolder: string, responder: string): Promise<Sandbox> {
  const inbox = join(dataFolder, 'sandbox', 'mailbox');
  await fillMailbox(inbox, new Date());
  return {
    mailbox: {
      name: 'sandbox',
      address: shopAddress,
      aliases: [],
      trustedForms: [],
      displayName: 'Harbor & Pine',
      signature: 'Mara, Harbor & Pine',
      quoteHistory: 'last',
      dkim: null,
      responder,
      language: null,
      oauth: null,
      byToken: { imap: false, smtp: false },
      source: { kind: 'folder', path: inbox, pollSeconds: 2 },
      transport: { kind: 'folder', path: join(dataFolder, 'sandbox', 'outbox') },
      authservId,
      plusAddressing: false,
      saveSent: false,
      leaving: { timeZone: localTimeZone(), hours: null, approved: 'at_once' },
    },
    context,
    async submitMail(mail) {
      const name = `typed-${Date.now()}-${randomUUID()}.eml`;
      const partial = join(inbox, `.${name}`);
      const messageId = `<${randomUUID()}@sandbox.example>`;
      await writeFile(partial, await compose(mail, messageId));
      await rename(partial, join(inbox, name));
      return messageId;
    },
  };
}
