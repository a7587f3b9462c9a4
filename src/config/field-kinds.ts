/** The kinds of values that settings are made of, and what a setting may tell about itself. */
import * as z from 'zod';
import { isTimeZone } from '../domain/zoned-time.ts';

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

/** How a connection is encrypted. */
export const security = z.enum(['tls', 'starttls', 'none']);

export const text = z.string().trim().min(1, 'expected some text');
export const port = z.int().min(1).max(65535);
// Looser than RFC 5322 on purpose: the mail server decides what an address is, we catch slips.
export const mailAddress = z
  .string()
  .regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'expected an e-mail address');
/** The sender of a contact form. A star stands for a whole local part only. */
export const formAddress = z
  .string()
  .regex(/^(?:\*|[^\s@<>,;"*]+)@[^\s@<>,;"*]+$/, 'expected an e-mail address, or *@ and a domain');
/** A domain that replies may link to. */
export const linkDomain = z
  .string()
  .regex(/^[^\s/:@]+\.[^\s/:@]+$/, 'expected a domain like example.com');
export const webAddress = z.url({
  protocol: /^https?$/,
  error: 'expected an address like https://host',
});
// Hard ends, because Node wraps a longer timer to one millisecond (2^31 ms, 24.8 days).
export const seconds = z.number().min(0.1).max(86_400);
/** A prompt version as settings name it. */
export const promptVersion = z
  .string()
  .regex(/^[\w-]+\/[\w.-]+$/, 'expected <prompt>/<version>, for instance support/1');
/** The name of a time zone in the IANA database. */
export const timeZone = z
  .string()
  .refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Berlin, or UTC' });
