/** The schemas of the servers of one mailbox: IMAP, where mail comes from, and SMTP, by which replies leave. */
import * as z from 'zod';
import { port, seconds, security, text } from './field-kinds.ts';
import { firstScan } from './since.ts';

const auth = z.enum(['password', 'oauth']);

export const imapSchema = z.strictObject({
  host: text.meta({
    description: 'Name of the IMAP server, as it stands on its certificate.',
    example: 'imap.example.com',
  }),
  port: port.optional().meta({
    description: 'Port of the IMAP server.',
    defaultsTo: '993 with `tls`, otherwise 143',
    example: 993,
  }),
  security: security.default('tls').meta({
    description:
      'Encryption: `tls` from the first byte, `starttls` after a greeting, or `none` (only on this machine or a network you trust).',
  }),
  user: text.optional().meta({
    description: 'User name for the IMAP server.',
    defaultsTo: "the mailbox's `address`",
    example: 'support@example.com',
  }),
  auth: auth.default('password').meta({
    description:
      'How to log in: `password`, or `oauth` with the `oauth` of this mailbox (Gmail, Microsoft 365).',
  }),
  folder: text.default('INBOX').meta({ description: 'The folder that is watched.' }),
  sentFolder: text.nullable().default(null).meta({
    description:
      'The folder for copies of what was sent; `null` takes the one that the server marks as Sent.',
  }),
  watchSent: z.boolean().default(true).meta({
    description: 'Whether the Sent folder is watched too, for what colleagues answer elsewhere.',
  }),
  caFile: text.nullable().default(null).meta({
    description:
      'A PEM file with the authority that signed a private certificate; `null` trusts the public ones.',
  }),
  firstScan: firstScan.default('new').meta({
    description:
      'What the first look takes in: `new` only mail that arrives from then on, `all` also what is there already, or mail of so many days (`7d`) or since a date (`2026-11-01`). `npx replywright start --since` asks for older mail later.',
  }),
  idleSeconds: seconds.max(1_700).default(45).meta({
    description:
      'After so many seconds of silence the server is asked for a sign of life; without one the connection is made anew. Some servers end one that is silent for a minute.',
  }),
  answerSeconds: seconds.max(300).default(20).meta({ description: 'How long one may take.' }),
  maxBytes: z
    .int()
    .min(100_000)
    .max(500_000_000)
    .default(40 * 1024 * 1024)
    .meta({
      description:
        'Bytes up to which a mail is fetched; of a larger one only the header is, and the desk says so.',
    }),
});

export const smtpSchema = z.strictObject({
  host: text.meta({
    description: 'Name of the SMTP server, as it stands on its certificate.',
    example: 'smtp.example.com',
  }),
  port: port.optional().meta({
    description: 'Port of the SMTP server.',
    defaultsTo: '465 with `tls`, 587 with `starttls`, 25 with `none`',
    example: 465,
  }),
  security: security.default('tls').meta({
    description:
      'Encryption: `tls` from the first byte, `starttls` after a greeting, or `none` (only on this machine or a network you trust).',
  }),
  user: text.nullable().optional().meta({
    description: 'User name for the SMTP server; `null` for a server that wants no login.',
    defaultsTo: 'the user name of `imap`, otherwise the `address`',
    example: 'support@example.com',
  }),
  auth: auth.optional().meta({
    description: 'How to log in: `password` or `oauth`.',
    defaultsTo: 'that of `imap`',
    example: 'password',
  }),
  caFile: text.nullable().default(null).meta({
    description:
      'A PEM file with the authority that signed a private certificate; `null` trusts the public ones.',
  }),
  timeoutSeconds: seconds.default(60).meta({
    description:
      'How long the server may take to accept a connection and to greet. While it is given a mail it may be silent for ten minutes, as RFC 5321 asks: giving up sooner leaves uncertain whether the mail was sent.',
  }),
});
