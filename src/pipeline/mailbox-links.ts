/** The ways into and out of a mailbox: its settings, with what logs in at the mail servers. */

import type { MailboxConfig } from '../config/mailbox.ts';
import type { AccessTokens } from '../mail/access-tokens.ts';
import type { TransportSettings } from '../mail/smtp.ts';
import type { SourceSettings } from '../mail/watched.ts';
import { openTokens, type TokenParts } from './token-renewal.ts';

export interface MailboxLinks {
  source: SourceSettings;
  transport: TransportSettings;
}

/** The tokens of a mailbox, one set for both ways; null where none log in. */
export function tokensOf({ name, oauth }: MailboxConfig, parts: TokenParts): AccessTokens | null {
  if (oauth === null) return null;
  return openTokens(parts, { mailbox: name, ...oauth });
}

/** Completes a mailbox's settings by what logs it in. */
export function linksOf(mailbox: MailboxConfig, tokens: AccessTokens | null): MailboxLinks {
  const { source, transport, byToken } = mailbox;
  return {
    source:
      source.kind === 'imap' && byToken.imap
        ? { kind: 'imap', imap: { ...source.imap, tokens } }
        : source,
    transport:
      transport.kind === 'smtp' && byToken.smtp
        ? { kind: 'smtp', smtp: { ...transport.smtp, tokens } }
        : transport,
  };
}
