/** The settings of one mailbox, complete: ports and names filled in, paths absolute, secrets found. */
import path from 'node:path';
import type { LeavingRules } from '../domain/business-hours.ts';
import { localTimeZone } from '../domain/zoned-time.ts';
import { businessHoursOf } from './business-hours-schema.ts';
import { type DkimConfig, dkimOf } from './dkim.ts';
import { type Environment, requiredSecret } from './environment.ts';
import { type OAuthClient, oauthClient } from './oauth-client.ts';
import { responderName } from './responders.ts';
import type { WrittenMailbox } from './schema.ts';
import { passwordName } from './secrets.ts';

type Security = 'tls' | 'starttls' | 'none';

/** The meaning of each setting stands on its field in config/schema.ts. */
export interface ImapSource {
  host: string;
  port: number;
  security: Security;
  user: string;
  /** Null where tokens log in. */
  password: string | null;
  folder: string;
  sentFolder: string | null;
  watchSent: boolean;
  caFile: string | null;
  pollSeconds: number;
  firstScan: 'new' | 'all';
  /** Besides new mail, the first scan takes what came since then: `7d` or a date; null for none. */
  firstSince: string | null;
  idleSeconds: number;
  answerSeconds: number;
  maxBytes: number;
}

export interface SmtpTransport {
  host: string;
  port: number;
  security: Security;
  /** Null for a server that wants no login. */
  user: string | null;
  /** Null where nothing or a token logs in. */
  password: string | null;
  caFile: string | null;
  timeoutSeconds: number;
}

export interface MailboxConfig {
  name: string;
  address: string;
  authservId: string | null;
  plusAddressing: boolean;
  aliases: readonly { address: string; replyFrom: boolean }[];
  trustedForms: readonly string[];
  displayName: string;
  signature: string;
  quoteHistory: 'none' | 'last' | 'all';
  /** What replies are signed with; null where they are not. */
  dkim: DkimConfig | null;
  /** The name of its own responder; a rollout may have others draft for it. */
  responder: string;
  /** ISO 639-1; null leaves it to the responder. */
  language: string | null;
  /** Whom tokens come from; null where nothing logs in by them. */
  oauth: OAuthClient | null;
  /** What logs in by a token. */
  byToken: { imap: boolean; smtp: boolean };
  source:
    | { kind: 'imap'; imap: ImapSource }
    | { kind: 'folder'; path: string; pollSeconds: number };
  transport: { kind: 'smtp'; smtp: SmtpTransport } | { kind: 'folder'; path: string };
  saveSent: boolean;
  leaving: LeavingRules;
}

/** What a mailbox's settings are completed from. */
interface Surroundings {
  /** What relative paths start from. */
  folder: string;
  environment: Environment;
  shopName: string;
  prompt: string;
}

const imapPorts: Readonly<Record<Security, number>> = { tls: 993, starttls: 143, none: 143 };
const smtpPorts: Readonly<Record<Security, number>> = { tls: 465, starttls: 587, none: 25 };

function sourceOf(mailbox: WrittenMailbox, { folder, environment }: Surroundings) {
  const { imap, pollSeconds } = mailbox;
  if (imap === undefined) {
    const place = path.resolve(folder, mailbox.folder ?? '');
    return { kind: 'folder', path: place, pollSeconds: pollSeconds ?? 2 } as const;
  }
  const { auth, firstScan, ...rest } = imap;
  const complete: ImapSource = {
    ...rest,
    firstScan: firstScan === 'all' ? 'all' : 'new',
    firstSince: firstScan === 'new' || firstScan === 'all' ? null : firstScan,
    port: imap.port ?? imapPorts[imap.security],
    user: imap.user ?? mailbox.address,
    password:
      auth === 'oauth' ? null : requiredSecret(environment, passwordName(mailbox.name, 'IMAP')),
    caFile: imap.caFile === null ? null : path.resolve(folder, imap.caFile),
    pollSeconds: pollSeconds ?? 120,
  };
  return { kind: 'imap', imap: complete } as const;
}

function byToken({ imap, smtp }: WrittenMailbox): MailboxConfig['byToken'] {
  const incoming = imap?.auth ?? 'password';
  return {
    imap: incoming === 'oauth',
    smtp: smtp !== undefined && smtp.user !== null && (smtp.auth ?? incoming) === 'oauth',
  };
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
  const { auth: _, ...rest } = smtp;
  const needsPassword = user !== null && !byToken(mailbox).smtp;
  const complete: SmtpTransport = {
    ...rest,
    port: smtp.port ?? smtpPorts[smtp.security],
    user,
    password: needsPassword ? smtpPassword(mailbox, environment) : null,
    caFile: smtp.caFile === null ? null : path.resolve(folder, smtp.caFile),
  };
  return { kind: 'smtp', smtp: complete } as const;
}

/** Every address that mail of these mailboxes comes from and goes to. */
export function addressesOf(
  mailboxes: readonly Pick<MailboxConfig, 'address' | 'aliases'>[],
): string[] {
  return mailboxes.flatMap(({ address, aliases }) => [
    address,
    ...aliases.map((alias) => alias.address),
  ]);
}

/**
 * Completes the settings of one mailbox.
 *
 * @throws ReplywrightError `secret_missing` where a server wants a password that is nowhere;
 *   `dkim_key_unusable`.
 */
export function completeMailbox(
  mailbox: WrittenMailbox,
  surroundings: Surroundings,
): MailboxConfig {
  const logins = byToken(mailbox);
  const wanted = logins.imap || logins.smtp ? mailbox.oauth : undefined;
  return {
    name: mailbox.name,
    address: mailbox.address,
    authservId: mailbox.authservId,
    plusAddressing: mailbox.plusAddressing,
    aliases: mailbox.aliases,
    trustedForms: mailbox.trustedForms,
    displayName: mailbox.displayName ?? surroundings.shopName,
    signature: mailbox.signature ?? surroundings.shopName,
    quoteHistory: mailbox.quoteHistory,
    dkim: dkimOf(mailbox, surroundings.folder),
    responder: responderName(mailbox, surroundings.prompt),
    language: mailbox.language,
    oauth:
      wanted === undefined ? null : oauthClient(mailbox.name, wanted, surroundings.environment),
    byToken: logins,
    source: sourceOf(mailbox, surroundings),
    transport: transportOf(mailbox, surroundings),
    saveSent: mailbox.saveSent && mailbox.imap !== undefined,
    leaving: {
      timeZone: mailbox.timeZone ?? localTimeZone(),
      hours: mailbox.businessHours === undefined ? null : businessHoursOf(mailbox.businessHours),
      approved: mailbox.sendApproved,
    },
  };
}
