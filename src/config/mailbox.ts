/** The settings of one mailbox, complete: ports and names filled in, paths absolute, secrets found. */
import path from 'node:path';
import { type Environment, requiredSecret } from './environment.ts';
import type { WrittenMailbox } from './schema.ts';
import { passwordName } from './secrets.ts';

type Security = 'tls' | 'starttls' | 'none';

/** The meaning of each setting stands on its field in config/schema.ts. */
export interface ImapSource {
  host: string;
  port: number;
  security: Security;
  user: string;
  password: string;
  folder: string;
  sentFolder: string | null;
  caFile: string | null;
  pollSeconds: number;
  firstScan: 'new' | 'all';
  maxBytes: number;
}

export interface SmtpTransport {
  host: string;
  port: number;
  security: Security;
  /** Null for a server that wants no login. */
  user: string | null;
  password: string | null;
  caFile: string | null;
  timeoutSeconds: number;
}

export interface MailboxConfig {
  name: string;
  address: string;
  displayName: string;
  signature: string;
  source:
    | { kind: 'imap'; imap: ImapSource }
    | { kind: 'folder'; path: string; pollSeconds: number };
  transport: { kind: 'smtp'; smtp: SmtpTransport } | { kind: 'folder'; path: string };
  saveSent: boolean;
}

/** What a mailbox's settings are completed from. */
interface Surroundings {
  /** What relative paths start from. */
  folder: string;
  environment: Environment;
  shopName: string;
}

const imapPorts: Readonly<Record<Security, number>> = { tls: 993, starttls: 143, none: 143 };
const smtpPorts: Readonly<Record<Security, number>> = { tls: 465, starttls: 587, none: 25 };

function sourceOf(mailbox: WrittenMailbox, { folder, environment }: Surroundings) {
  const { imap, pollSeconds } = mailbox;
  if (imap === undefined) {
    const place = path.resolve(folder, mailbox.folder ?? '');
    return { kind: 'folder', path: place, pollSeconds: pollSeconds ?? 2 } as const;
  }
  const complete: ImapSource = {
    ...imap,
    port: imap.port ?? imapPorts[imap.security],
    user: imap.user ?? mailbox.address,
    password: requiredSecret(environment, passwordName(mailbox.name, 'IMAP')),
    caFile: imap.caFile === null ? null : path.resolve(folder, imap.caFile),
    pollSeconds: pollSeconds ?? 120,
  };
  return { kind: 'imap', imap: complete } as const;
}

function smtpPassword(mailbox: WrittenMailbox, environment: Environment): string {
  const name = passwordName(mailbox.name, 'SMTP');
  return (
    environment.secret(name) ??
    environment.secret(passwordName(mailbox.name, 'IMAP')) ??
    requiredSecret(environment, name)
  );
}

function transportOf(mailbox: WrittenMailbox, { folder, environment }: Surroundings) {
  const { smtp } = mailbox;
  if (smtp === undefined)
    return { kind: 'folder', path: path.resolve(folder, mailbox.outbox ?? '') } as const;
  const user = smtp.user === undefined ? (mailbox.imap?.user ?? mailbox.address) : smtp.user;
  const complete: SmtpTransport = {
    ...smtp,
    port: smtp.port ?? smtpPorts[smtp.security],
    user,
    password: user === null ? null : smtpPassword(mailbox, environment),
    caFile: smtp.caFile === null ? null : path.resolve(folder, smtp.caFile),
  };
  return { kind: 'smtp', smtp: complete } as const;
}

/**
 * Completes the settings of one mailbox.
 *
 * @throws ReplywrightError `secret_missing` where a server wants a password that is nowhere.
 */
export function completeMailbox(
  mailbox: WrittenMailbox,
  surroundings: Surroundings,
): MailboxConfig {
  return {
    name: mailbox.name,
    address: mailbox.address,
    displayName: mailbox.displayName ?? surroundings.shopName,
    signature: mailbox.signature ?? surroundings.shopName,
    source: sourceOf(mailbox, surroundings),
    transport: transportOf(mailbox, surroundings),
    saveSent: mailbox.saveSent && mailbox.imap !== undefined,
  };
}
