/** The sandbox: an invented shop with a folder for a mailbox, used when nothing is configured. */

import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { MailboxConfig } from '../config/mailbox.ts';
import { localTimeZone } from '../domain/zoned-time.ts';
import { fillMailbox } from './sample-mails.ts';

const shopAddress = 'support@harborandpine.example';

/** A customer mail that somebody types in the desk. */
export interface TypedMail {
  fromName: string;
  fromAddress: string;
  subject: string;
  text: string;
}

export interface Sandbox {
  mailbox: MailboxConfig;
  /** Delivers a typed mail as if a customer had sent it; resolves with its Message-ID. */
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
      authservId: null,
      plusAddressing: false,
      saveSent: false,
      leaving: { timeZone: localTimeZone(), hours: null, approved: 'at_once' },
    },
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
