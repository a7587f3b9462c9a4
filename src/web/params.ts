/** What requests may carry: the shapes of paths, queries and forms, checked before anything is done. */

import * as z from 'zod';
import { leavings } from '../domain/business-hours.ts';
import { reasons } from '../domain/decision.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { labelNames } from '../domain/labels.ts';
import { enclosureSetHash } from '../storage/enclosures.ts';
import { queueViews } from '../storage/queue.ts';

/** Longest reply and note a form may bring; longer ones are refused before they are looked at. */
const longestText = 100_000;
const longestNote = 2_000;

export const viewParam = z.enum(queueViews);

/** A Message-ID (RFC 5322, section 3.6.4). */
export const messageIdParam = z.string().regex(/^<[^<>\s]{1,250}>$/);

export const idParam = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** `c12`, a conversation, or `m12`, a message. */
export const refParam = z
  .string()
  .regex(/^[cm][1-9]\d{0,14}$/)
  .transform((ref) => ({
    ref,
    kind: ref.startsWith('c') ? ('conversation' as const) : ('message' as const),
    id: Number(ref.slice(1)),
  }));

/** A form sends one of several checked boxes as a string, more as a list, none not at all. */
const reasonList = z
  .union([
    z.enum(reasons).transform((reason) => [reason]),
    z.array(z.enum(reasons)).max(reasons.length),
  ])
  .default([])
  .transform((list) => [...new Set(list)]);

/** As `reasonList`, for addresses. */
const addressList = z
  .union([
    z
      .string()
      .max(320)
      .transform((address) => [address]),
    z.array(z.string().max(320)).max(20),
  ])
  .default([]);

const note = z
  .string()
  .trim()
  .max(longestNote)
  .default('')
  .transform((text) => (text === '' ? null : text));

/** When a reply leaves; a browser sends the time along whether it was chosen or not. */
const leaving = { leaves: z.enum(leavings).optional(), at: z.string().max(40).default('') };

/** Where to go on after a decision: the item after this one in the list as it was shown. */
const nextRef = z.union([z.literal('').transform(() => null), refParam]).default(null);

const place = { view: viewParam.default('approve'), next: nextRef };

export const approveForm = z.object({
  ...place,
  text: z.string().max(longestText),
  lastMessageId: idParam,
  shownSha256: z.string().regex(/^[0-9a-f]{64}$/),
  enclosuresSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .default(enclosureSetHash([])),
  override: z.literal('yes').optional(),
  withoutFile: z.literal('yes').optional(),
  copies: addressList,
  ...leaving,
  reasons: reasonList,
  note,
});

export const previewForm = z.object({ text: z.string().max(longestText), copies: addressList });

export const rejectForm = z
  .object({ ...place, reasons: reasonList, note, redraft: z.enum(['yes', 'no']) })
  .refine((form) => form.redraft === 'no' || form.reasons.length > 0 || form.note !== null, {
    message: 'Say what the next draft should do better: choose a reason or write a note',
  });

export const placeForm = z.object(place);

/** A correction of one label; `from` is what was shown, empty where there was none. */
export const labelForm = z.object({
  ...place,
  label: z.enum(labelNames),
  from: z
    .string()
    .max(200)
    .transform((shown) => (shown === '' ? null : shown)),
  to: z.string().max(200),
});

export const scheduleForm = z.object({ ...place, ...leaving, leaves: z.enum(leavings) });

const shown = { ...place, lastMessageId: idParam };

export const mergeForm = z.object({
  ...shown,
  otherId: idParam,
  otherLastMessageId: idParam,
  oneCustomer: z.literal('yes').optional(),
});

export const splitForm = z.object({ ...shown, from: idParam });

/** Another address of a customer, as somebody typed it. */
export const addressQuery = z.object({
  address: z
    .string()
    .trim()
    .toLowerCase()
    .max(320)
    .default('')
    .transform((address) => (address === '' ? null : address)),
});

export const settleForm = z.object({ ...place, verdict: z.enum(['sent', 'resend']) });

/** `offered` takes a decision back. */
export const candidateForm = z.object({ verdict: z.enum(['accepted', 'declined', 'offered']) });

export const loginForm = z.object({
  name: z.string().trim().min(1).max(200),
  // Long enough for any passphrase, short enough to hash without harm.
  password: z.string().min(1).max(1_000),
  next: z.string().max(300).default('/'),
});

export const mailForm = z.object({
  fromName: z.string().trim().max(200),
  fromAddress: z.email({ message: 'The address is not an e-mail address' }).max(254),
  subject: z.string().trim().max(500),
  text: z.string().trim().min(1, 'Write something first').max(longestText),
});

/**
 * Checks what came in against its shape.
 *
 * @throws ReplywrightError `input_invalid`, with what is wrong in words.
 */
export function check<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const result = shape.safeParse(input);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const own = issue?.message !== undefined && !/^Invalid|^Too /.test(issue.message);
  const field = issue?.path.join('.') || 'form';
  const detail = own ? issue.message : `The field "${field}" is not valid`;
  throw new ReplywrightError('input_invalid', { detail }, { cause: result.error });
}

/** As `check`, for parts of an address: a wrong one is a page that does not exist. */
export function checkPath<Shape extends z.ZodType>(shape: Shape, input: unknown): z.output<Shape> {
  const result = shape.safeParse(input);
  if (result.success) return result.data;
  throw new ReplywrightError('not_found', { what: 'page', id: String(input).slice(0, 40) });
}
