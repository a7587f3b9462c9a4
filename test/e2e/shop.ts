/** A shop for the end-to-end tests: its mailbox, mail servers, model and settings around the real program. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { vi } from 'vitest';
import type { DovecotServer, StoredMail } from '../support/dovecot.ts';
import { type CustomerMail, customerMail } from '../support/mail-texts.ts';
import { type ModelStub, startModelStub } from '../support/model-stub/server.ts';
import {
  makeProductFolder,
  type Product,
  removeProductFolder,
  startProduct,
} from '../support/product.ts';
import { type SmtpDouble, startSmtpDouble } from '../support/smtp-double.ts';

export interface ShopOptions {
  dovecot: DovecotServer;
  /** An outside database; null for the built-in one. */
  databaseUrl: string | null;
  /** Default 0: an approved reply leaves at once. */
  undoSeconds?: number;
  /** Plain IMAP on this port of 127.0.0.1 instead of Dovecot's own port with TLS. */
  plainImapPort?: number;
}

export interface Shop {
  readonly folder: string;
  /** The mailbox's address and the user of its IMAP account. */
  readonly address: string;
  readonly smtp: SmtpDouble;
  readonly model: ModelStub;
  /** Starts the program, again and again if need be, on the same folder. */
  start(): Promise<Product>;
  /** Delivers by LMTP. @returns the Message-ID */
  receive(mail: Omit<CustomerMail, 'id'>): Promise<string>;
  receiveRaw(raw: string): Promise<void>;
  /** What stands in the Sent folder. */
  sent(): Promise<StoredMail[]>;
  /** Ends every program that was started, and the doubles; removes the folder. */
  close(): Promise<void>;
}

function settings(address: string, smtp: SmtpDouble, model: ModelStub, options: ShopOptions) {
  const { dovecot, undoSeconds = 0, plainImapPort } = options;
  const tls = { host: 'localhost', port: dovecot.ports.imaps, caFile: dovecot.certificate };
  const plain = { host: '127.0.0.1', port: plainImapPort, security: 'none' };
  const imap = plainImapPort === undefined ? tls : plain;
  return {
    shop: { name: 'Example Shop', linkDomains: ['example.test'] },
    mailboxes: [
      {
        name: 'support',
        address,
        imap: { ...imap, firstScan: 'all' },
        smtp: { host: 'localhost', port: smtp.port, caFile: 'smtp.crt' },
      },
    ],
    model: { baseUrl: model.url },
    desk: { undoSeconds },
    // One customer writes all the mail.
    limits: { draftsPerSenderPerHour: 1_000 },
  };
}

/** Opens a shop with a mailbox of its own on the given Dovecot; nothing runs yet. */
export async function openShop(options: ShopOptions): Promise<Shop> {
  const { dovecot, databaseUrl } = options;
  const name = randomBytes(4).toString('hex');
  const address = `shop-${name}@example.test`;
  await dovecot.addUser(address);
  // Dovecot looks at its list of users once a second.
  await vi.waitFor(() => dovecot.messages(address), { timeout: 20_000, interval: 100 });
  const login = { user: address, password: 'secret' };
  const [folder, smtp, model] = await Promise.all([
    makeProductFolder(),
    startSmtpDouble({ login, tls: 'implicit' }),
    startModelStub(),
  ]);
  await writeFile(path.join(folder, 'smtp.crt'), smtp.certificate ?? '');
  const config = settings(address, smtp, model, options);
  const env = {
    REPLYWRIGHT_SUPPORT_IMAP_PASSWORD: 'secret',
    ANTHROPIC_API_KEY: 'test-key',
    ...(databaseUrl === null ? {} : { DATABASE_URL: databaseUrl }),
  };
  const started: Product[] = [];
  let mails = 0;
  const receiveRaw = (raw: string) => dovecot.deliver(raw, address, 'dana@example.test');
  return {
    folder,
    address,
    smtp,
    model,
    async start() {
      const product = await startProduct({ folder, config, env });
      started.push(product);
      return product;
    },
    async receive(mail) {
      mails += 1;
      const id = `<mail-${mails}.${name}@customer.test>`;
      await receiveRaw(customerMail({ ...mail, id }));
      return id;
    },
    receiveRaw,
    sent: () => dovecot.messages(address, 'Sent'),
    async close() {
      for (const product of started) await product.kill9();
      await Promise.all([smtp.close(), model.close(), removeProductFolder(folder)]);
    },
  };
}
