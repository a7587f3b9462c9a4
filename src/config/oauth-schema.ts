/** The schema of OAuth in a mailbox: at which provider, and as which registered program. */
import * as z from 'zod';
import { text } from './field-kinds.ts';

/** The providers whose addresses and scopes are known; `generic` says its own. */
export const oauthProviders = ['gmail', 'microsoft', 'generic'] as const;
export type OAuthProvider = (typeof oauthProviders)[number];

/** Codes and tokens travel to these: encrypted, or not beyond this machine (RFC 6749, 3.1.2.1). */
const endpoint = z
  .url({ protocol: /^https?$/, error: 'expected an address like https://host/path' })
  .refine(
    (address) =>
      address.startsWith('https:') ||
      ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname),
    'expected https; http only on this machine',
  );

/** What a generic provider must say, since nobody knows it. */
const ownWords = ['authorizeUrl', 'tokenUrl', 'scopes'] as const;

export const oauthSchema = z
  .strictObject({
    provider: z.enum(oauthProviders).meta({
      description:
        'Who logs in for the mail server; `generic` needs the addresses and scopes below.',
      example: 'gmail',
    }),
    clientId: text.optional().meta({
      description:
        'The id under which you registered Replywright at the provider. A secret that belongs to it is `REPLYWRIGHT_<NAME>_OAUTH_SECRET`.',
      defaultsTo: 'what `npx replywright connect` is given as --client-id',
      example: '1234.apps.googleusercontent.com',
    }),
    authorizeUrl: endpoint.optional().meta({
      description: 'Where a person grants access.',
      defaultsTo: "the provider's",
      example: 'https://login.example.com/authorize',
    }),
    tokenUrl: endpoint.optional().meta({
      description: 'Where tokens come from.',
      defaultsTo: "the provider's",
      example: 'https://login.example.com/token',
    }),
    scopes: z
      .array(text)
      .min(1, 'expected at least one scope')
      .optional()
      .meta({
        description: 'What is asked for.',
        defaultsTo: "the provider's for IMAP and SMTP",
        example: ['mail', 'offline_access'],
      }),
  })
  .superRefine((oauth, context) => {
    if (oauth.provider !== 'generic') return;
    for (const key of ownWords)
      if (oauth[key] === undefined)
        context.addIssue({
          code: 'custom',
          path: [key],
          message: 'a generic provider needs it; it is missing',
        });
  });
