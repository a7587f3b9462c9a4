/** The schema of replywright.yaml: every setting with its meaning, from which the documentation is made. */
import * as z from 'zod';
import { origins } from '../domain/decision.ts';
import { contextSchema } from './context-schema.ts';
import { linkDomain, port, promptVersion, text, webAddress } from './field-kinds.ts';
import { mailboxSchema } from './mailbox-schema.ts';
import { modelSchema } from './model-schema.ts';
import { responderSchema } from './responder-schema.ts';

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
  silenceMinutes: z.number().min(1).max(10_000).default(15).meta({
    description:
      'When a mailbox has not been reached for so many minutes, every page says so; a refused password is told at once.',
  }),
});

const shopSchema = z.strictObject({
  name: text.meta({
    description: "The shop's name, as customers know it.",
    example: 'Example Shop',
  }),
  linkDomains: z
    .array(linkDomain)
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
  responders: z.array(responderSchema).default([]).meta({
    description:
      'Responders with a name, where there are several: a mailbox names its own with `responder`, and `npx replywright rollout` splits a mailbox between them. Without this section, `prompt` and `model` make the one responder.',
    commented: true,
  }),
  context: contextSchema.prefault({}).meta({
    description: 'What is looked up for a mail: the orders that it names, and its customer.',
  }),
  learning: z
    .strictObject({
      learnFromSent: z.boolean().default(false).meta({
        description: 'Whether replies from other mail programs are offered for learning.',
      }),
      exampleOrigins: z
        .array(z.enum(origins))
        .default([...origins])
        .meta({
          description:
            'Which approved replies serve as examples once they are sent: those sent as drafted (`verbatim`), changed by a person (`edited`), written by a person alone (`human`). An empty list: none; then only the curated examples do.',
        }),
    })
    .prefault({})
    .meta({ description: 'What is learned from.' }),
  limits: z
    .strictObject({
      draftsPerSenderPerHour: z.int().min(3).max(100_000).default(10).meta({
        description:
          'When one sender’s mails within an hour are more, the further ones are filed without a draft; somebody else’s program may be answering itself.',
      }),
      automaticPerConversationPerDay: z.int().min(1).max(100_000).default(10).meta({
        description:
          'When a conversation gets more automatic mails within a day, the further ones are filed beside it.',
      }),
    })
    .prefault({})
    .meta({ description: 'What keeps machines that answer each other from making work.' }),
  attachments: z
    .strictObject({
      totalMegabytes: z.int().min(1).max(100).default(20).meta({
        description:
          'The most that the files of one reply may have together, in megabytes. They grow by a third on their way, and many mail servers refuse mail of more than 25.',
      }),
      fileMegabytes: z.int().min(1).max(100).default(20).meta({
        description: 'The most that one file may have, in megabytes.',
      }),
    })
    .prefault({})
    .meta({ description: 'What replies may carry.' }),
  prompt: promptVersion
    .default('support/3')
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
        defaultsTo: '`info`; `warn` on a terminal, where a person reads, and in the sandbox',
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
export type WrittenResponder = WrittenSettings['responders'][number];
