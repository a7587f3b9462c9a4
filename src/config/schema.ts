/** The schema of replywright.yaml: every setting with its meaning, from which the documentation is made. */
import * as z from 'zod';

/** Beside its meaning, a field may name an example value and the environment variable that wins over it. */
declare module 'zod' {
  interface GlobalMeta {
    /** The value in replywright.example.yaml, where the default would teach nothing. */
    example?: unknown;
    /** True where replywright.example.yaml shows the setting as a comment. */
    commented?: boolean;
    /** The environment variable that wins over this setting. */
    env?: string;
    /** The default in words, where it is worked out from other settings. */
    defaultsTo?: string;
  }
}

/** What drafts where a key is the only thing that was set: the middle of the price list. */
export const defaultModel = 'claude-sonnet-5-5';

/** How a connection is encrypted. */
const security = z.enum(['tls', 'starttls', 'none']);

const text = z.string().trim().min(1, 'expected some text');
const port = z.int().min(1).max(65535);
// Looser than RFC 5322 on purpose: the mail server decides what an address is, we catch slips.
const mailAddress = z.string().regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'expected an e-mail address');
const webAddress = z.url({ protocol: /^https?$/, error: 'expected an address like https://host' });
// Hard ends, because Node wraps a longer timer to one millisecond (2^31 ms, 24.8 days).
const seconds = z.number().min(0.1).max(86_400);

const imapSchema = z.strictObject({
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
  folder: text.default('INBOX').meta({ description: 'The folder that is watched.' }),
  sentFolder: text.nullable().default(null).meta({
    description:
      'The folder for copies of what was sent; `null` takes the one that the server marks as Sent.',
  }),
  caFile: text.nullable().default(null).meta({
    description:
      'A PEM file with the authority that signed a private certificate; `null` trusts the public ones.',
  }),
  firstScan: z.enum(['new', 'all']).default('new').meta({
    description:
      'What the first look takes in: `new` only mail that arrives from then on, `all` also what is there already.',
  }),
  maxBytes: z
    .int()
    .min(100_000)
    .max(500_000_000)
    .default(40 * 1024 * 1024)
    .meta({ description: 'Of a larger mail only this many bytes are fetched.' }),
});

const smtpSchema = z.strictObject({
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
  caFile: text.nullable().default(null).meta({
    description:
      'A PEM file with the authority that signed a private certificate; `null` trusts the public ones.',
  }),
  timeoutSeconds: seconds.default(60).meta({
    description:
      'How long the server may take to accept a connection and to greet. While it is given a mail it may be silent for ten minutes, as RFC 5321 asks: giving up sooner leaves uncertain whether the mail was sent.',
  }),
});

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

const mailboxSchema = z
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
    displayName: text.optional().meta({
      description: 'The name beside the address in replies.',
      defaultsTo: "the shop's name",
      example: 'Example Shop',
    }),
    signature: z.string().optional().meta({
      description: 'What stands below every reply.',
      defaultsTo: "the shop's name",
      example: 'Your team at Example Shop',
    }),
    imap: imapSchema.optional().meta({
      description:
        'Where mail comes from: an IMAP server. Its password is the secret `REPLYWRIGHT_<NAME>_IMAP_PASSWORD`.',
    }),
    folder: text.optional().meta({
      description: 'Where mail comes from, instead of `imap`: a folder of .eml files.',
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
    saveSent: z.boolean().default(true).meta({
      description:
        'Whether a copy of each sent reply goes into the Sent folder of `imap` (never twice: a server that keeps its own copy is noticed).',
    }),
  })
  .superRefine(exactlyOne(['imap', 'folder']))
  .superRefine(exactlyOne(['smtp', 'outbox']));

const modelSchema = z.strictObject({
  name: text.default(defaultModel).meta({
    description:
      'The model as the endpoint knows it; `offline` drafts from policies and approved replies without a model.',
  }),
  baseUrl: webAddress.nullable().default(null).meta({
    description:
      'An endpoint that speaks the Messages API, such as llama.cpp, vLLM, Ollama or a gateway; `null` is Anthropic.',
    env: 'ANTHROPIC_BASE_URL',
  }),
  maxTokens: z
    .int()
    .min(256)
    .max(64_000)
    .default(4096)
    .meta({ description: 'The most tokens one draft may take.' }),
  timeoutSeconds: seconds
    .default(120)
    .meta({ description: 'How long the model may take for one draft.' }),
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullable().default(null).meta({
    description: 'How hard the model thinks about each mail; `null` leaves it to the endpoint.',
  }),
  structured: z.boolean().default(true).meta({
    description:
      'Whether the endpoint is asked to enforce the form of the answer; say `false` where it rejects `output_config`.',
  }),
});

const deskSchema = z.strictObject({
  host: text.default('127.0.0.1').meta({
    description: 'The address the desk listens on; `0.0.0.0` lets other machines in.',
    env: 'REPLYWRIGHT_HOST',
  }),
  port: port.default(4180).meta({
    description: 'The port the desk listens on.',
    env: 'REPLYWRIGHT_PORT',
  }),
  publicUrl: webAddress.nullable().default(null).meta({
    description:
      'The address people type to reach the desk, when that is a name or a proxy: any other host name is refused. `https` also makes the cookie secure.',
    env: 'REPLYWRIGHT_PUBLIC_URL',
  }),
  undoSeconds: z.int().min(0).max(3600).default(10).meta({
    description: 'How long an approved reply is held back so that it can be undone.',
  }),
});

const shopSchema = z.strictObject({
  name: text.meta({
    description: "The shop's name, as customers know it.",
    example: 'Example Shop',
  }),
  linkDomains: z
    .array(z.string().regex(/^[^\s/:@]+\.[^\s/:@]+$/, 'expected a domain like example.com'))
    .default([])
    .meta({
      description:
        'Domains a reply may link to, with their subdomains; a link to any other fails a check.',
      example: ['example.com'],
    }),
});

/** replywright.yaml as a person writes it. */
export const settingsSchema = z.strictObject({
  shop: shopSchema.meta({ description: 'The shop that answers.' }),
  mailboxes: z
    .array(mailboxSchema)
    .min(1, 'expected at least one mailbox')
    .meta({ description: 'The mailboxes that are watched, one entry each.' }),
  model: modelSchema.optional().meta({
    description:
      'The model that drafts. Its key is the secret `ANTHROPIC_API_KEY`; with neither this section nor a key, the offline responder drafts.',
  }),
  prompt: z
    .string()
    .regex(/^[\w-]+\/[\w.-]+$/, 'expected <prompt>/<version>, for instance support/1')
    .default('support/1')
    .meta({ description: 'The prompt version that drafts, `<prompt>/<version>`.' }),
  prompts: text.optional().meta({
    description: 'The folder of prompt versions.',
    defaultsTo: "./prompts, or Replywright's own where there is none",
    example: './prompts',
    commented: true,
  }),
  policies: text.optional().meta({
    description: 'The folder of policy files.',
    defaultsTo: "./policies, or Replywright's samples where there is none",
    example: './policies',
    commented: true,
  }),
  data: text.default('./data').meta({
    description: 'The folder for the built-in database and everything else that is kept.',
    env: 'REPLYWRIGHT_DATA',
  }),
  desk: deskSchema.prefault({}).meta({ description: 'The pages where people work.' }),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional().meta({
        description: 'The least important lines that are written.',
        defaultsTo: '`info`, and `warn` on a terminal, where a person reads',
        example: 'info',
        commented: true,
        env: 'REPLYWRIGHT_LOG_LEVEL',
      }),
    })
    .prefault({})
    .meta({ description: 'The log, JSON lines on standard error.' }),
});

export type WrittenSettings = z.output<typeof settingsSchema>;
export type WrittenMailbox = WrittenSettings['mailboxes'][number];
