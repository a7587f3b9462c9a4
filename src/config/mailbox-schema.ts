/** The schema of one mailbox: who it is, where its mail comes from, how replies leave. */
import * as z from 'zod';
import { businessHoursSchema } from './business-hours-schema.ts';
import { dkimSchema } from './dkim-schema.ts';
import { formAddress, mailAddress, promptVersion, seconds, text, timeZone } from './field-kinds.ts';
import { imapSchema, smtpSchema } from './mail-server-schema.ts';
import { oauthSchema } from './oauth-schema.ts';

function exactlyOne(
  keys: readonly [string, string],
): (mailbox: Record<string, unknown>, context: z.RefinementCtx) => void {
  return (mailbox, context) => {
    const given = keys.filter((key) => mailbox[key] !== undefined);
    if (given.length === 1) return;
    const found = given.length === 0 ? 'neither is there' : 'both are there';
    context.addIssue({
      code: 'custom',
      message: `expected exactly one of \`${keys[0]}\` and \`${keys[1]}\`; ${found}`,
    });
  };
}

const aliasSchema = z.strictObject({
  address: mailAddress.meta({
    description: 'A further address of this mailbox.',
    example: 'orders@example.com',
  }),
  replyFrom: z.boolean().default(false).meta({
    description:
      'Whether replies to mail that names this address come from it; otherwise from `address`. The mail server must let this account send from it.',
    example: true,
  }),
});

/** `auth: oauth` needs to know at whom. */
function knowsItsProvider(
  mailbox: {
    imap?: { auth: string } | undefined;
    smtp?: { auth?: string | undefined } | undefined;
    oauth?: unknown;
  },
  context: z.RefinementCtx,
): void {
  if (mailbox.oauth !== undefined) return;
  for (const key of ['imap', 'smtp'] as const)
    if (mailbox[key]?.auth === 'oauth')
      context.addIssue({
        code: 'custom',
        path: [key, 'auth'],
        message: '`oauth` needs the group `oauth` in this mailbox; it is missing',
      });
}

/** Waiting for hours needs to know which. */
function knowsItsHours(
  { sendApproved, businessHours }: { sendApproved: string; businessHours?: unknown },
  context: z.RefinementCtx,
): void {
  if (sendApproved !== 'business_hours' || businessHours !== undefined) return;
  context.addIssue({
    code: 'custom',
    path: ['sendApproved'],
    message: '`business_hours` needs the group `businessHours` in this mailbox; it is missing',
  });
}

/** One entry under `mailboxes`. */
export const mailboxSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, 'expected letters, digits, - and _, a letter first')
      .meta({
        description:
          'A short name; pages and logs show it, and the names of its secrets are built from it.',
        example: 'support',
      }),
    address: mailAddress.meta({
      description: 'The e-mail address that customers write to and that replies come from.',
      example: 'support@example.com',
    }),
    authservId: text.nullable().default(null).meta({
      description:
        "The name under which this mailbox's mail server writes Authentication-Results (RFC 8601), as the first word of that header says it. With it, each mail shows whether its sender's domain vouches for it; `null` believes nobody.",
      example: 'mail.example.com',
      commented: true,
    }),
    plusAddressing: z.boolean().default(false).meta({
      description:
        'Whether replies ask for answers at an address such as `support+token@example.com`, which finds their conversation even where a mail program loses all other signs of it. Only where such mail comes to this mailbox.',
    }),
    aliases: z.array(aliasSchema).default([]).meta({
      description:
        'Further addresses of this mailbox. An address with a plus, such as `support+orders@example.com`, needs no entry.',
      commented: true,
    }),
    trustedForms: z
      .array(formAddress)
      .default([])
      .meta({
        description:
          'Addresses from which contact forms of yours write, or `*@domain` for all of a domain: the customer of such mail is whom its Reply-To names, and gets the reply. Only systems of your own: whoever can write from such an address chooses whom a reply goes to. Where `authservId` is set, a sender whose check fails is not taken for a form.',
        example: ['forms@example.com'],
        commented: true,
      }),
    displayName: text.optional().meta({
      description: 'The name beside the address in replies.',
      defaultsTo: "the shop's name",
      example: 'Example Shop',
    }),
    signature: z.string().optional().meta({
      description:
        'What stands below every reply, unless the reply ends with these words already; an empty text for nothing.',
      defaultsTo: "the shop's name",
      example: 'Your team at Example Shop',
    }),
    quoteHistory: z.enum(['none', 'last', 'all']).default('last').meta({
      description:
        'What a reply quotes below: `last` what the customer wrote in the mail that is answered, `all` that mail with what it quotes itself, or `none`.',
    }),
    prompt: promptVersion.optional().meta({
      description: 'The prompt version that drafts for this mailbox.',
      defaultsTo: 'the `prompt` of all',
      example: 'support/3',
      commented: true,
    }),
    responder: text.optional().meta({
      description: 'The name of the responder that drafts for this mailbox, instead of `prompt`.',
      example: 'careful',
      commented: true,
    }),
    language: z
      .string()
      .regex(/^[a-z]{2}$/, 'expected a language code of two letters, such as en')
      .nullable()
      .default(null)
      .meta({
        description:
          'The language of replies where that of the mail cannot be told, as ISO 639-1 code; `null` leaves it to the responder.',
        example: 'en',
        commented: true,
      }),
    dkim: dkimSchema.optional().meta({
      description:
        'Signs replies by DKIM (RFC 6376). Only where the mail server does not sign already: most do.',
      commented: true,
    }),
    oauth: oauthSchema.optional().meta({
      description:
        'How to log in where `auth` is `oauth`. `npx replywright connect` asks for access and keeps the token.',
      commented: true,
    }),
    imap: imapSchema.optional().meta({
      description:
        'Where mail comes from: an IMAP server. Its password is the secret `REPLYWRIGHT_<NAME>_IMAP_PASSWORD`.',
    }),
    folder: text.optional().meta({
      description:
        'Where mail comes from, instead of `imap`: a folder of .eml files. Whoever writes there renames complete files into place, which are taken at once; a file written in place is taken when nothing was written to it for two seconds.',
      example: './inbox',
      commented: true,
    }),
    pollSeconds: seconds.optional().meta({
      description:
        'The mailbox is looked at this often even when nothing announces mail (an IMAP server announces it at once).',
      defaultsTo: '120 for IMAP, 2 for a folder',
      example: 120,
    }),
    smtp: smtpSchema.optional().meta({
      description:
        'How replies leave: an SMTP server. Its password is the secret `REPLYWRIGHT_<NAME>_SMTP_PASSWORD`, or else that of IMAP.',
    }),
    outbox: text.optional().meta({
      description: 'How replies leave, instead of `smtp`: a folder where they are written as .eml.',
      example: './outbox',
      commented: true,
    }),
    timeZone: timeZone.optional().meta({
      description:
        'The IANA time zone in which people choose when a reply leaves, and in which `businessHours` are meant.',
      defaultsTo: "the machine's",
      example: 'Europe/Berlin',
      commented: true,
    }),
    businessHours: businessHoursSchema.optional().meta({
      description:
        'When this mailbox answers. Whoever approves a reply may have it wait for these hours; `sendApproved` makes that the rule.',
      commented: true,
    }),
    sendApproved: z.enum(['at_once', 'business_hours']).default('at_once').meta({
      description:
        'When approved replies leave unless the person who approves chooses otherwise: `at_once`, or within the `businessHours`.',
    }),
    saveSent: z.boolean().default(true).meta({
      description:
        'Whether a copy of each sent reply goes into the Sent folder of `imap` (never twice: a server that keeps its own copy is noticed).',
    }),
  })
  .superRefine(exactlyOne(['imap', 'folder']))
  .superRefine(exactlyOne(['smtp', 'outbox']))
  .superRefine(knowsItsProvider)
  .superRefine(knowsItsHours);
