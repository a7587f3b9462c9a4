/** The form of an answer: its schema, how it is told to the model, and how it is read back. */

import { z } from 'zod';
import { type ReplyFields, urgencies } from '../domain/responder.ts';
import type { AnswerForm } from './answer-form.ts';
import { visibleText } from './fence.ts';

/** The wire form. Bounds are checked here because endpoints do not enforce them. */
const replySchema = z.strictObject({
  category: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .describe('What the mail is about, one of the known categories if one fits'),
  urgency: z.enum(urgencies).describe('urgent: harm, a deadline within a day, or great anger'),
  language: z
    .string()
    .trim()
    .regex(/^[A-Za-z]{2}([-_][A-Za-z0-9]+)*$/, 'a two-letter language code')
    .describe("ISO 639-1 code of the customer's language"),
  reply: z.string().max(10_000).describe('The whole reply; empty only when needs_person is true'),
  citations: z
    .array(
      z.strictObject({
        section: z.string().trim().min(1).max(200).describe('Section id, without brackets'),
        quote: z.string().trim().min(1).max(2000).describe('Copied word for word from the section'),
      }),
    )
    .max(20)
    .describe('One for each claim that rests on a policy'),
  missing: z
    .array(z.string().trim().min(1).max(300))
    .max(10)
    .describe('What we would need to know to answer in full'),
  needs_person: z.boolean(),
  needs_person_reason: z
    .string()
    .trim()
    .max(1000)
    .nullable()
    .describe('Why a person must take over, for that person; null when none must'),
});

/** The schema as an endpoint takes it: without the bounds that structured output rejects. */
export const replyJsonSchema: Record<string, unknown> = withoutBounds(z.toJSONSchema(replySchema));

/** The same for any schema, for other forms of answers. */
export function withoutBounds(schema: object): Record<string, unknown> {
  const dropped = ['$schema', 'minLength', 'maxLength', 'maxItems', 'pattern'];
  const kept = Object.entries(schema).filter(([key]) => !dropped.includes(key));
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (Array.isArray(value) || typeof value !== 'object' || value === null)
        return [key, Array.isArray(value) ? value.map(boundless) : value];
      return [key, withoutBounds(value)];
    }),
  );
}

function boundless(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? withoutBounds(value) : value;
}

/** Tells the form in words; stated in every request, for endpoints that ignore the schema. */
export const answerFormat = [
  '# ANSWER FORMAT',
  'Answer with one JSON object and nothing else: no introduction, no code fence. It has exactly these fields:',
  JSON.stringify(replyJsonSchema.properties, null, 1),
].join('\n');

const mostCandidates = 64;

/** End (exclusive) of the object that begins at `start`, or -1; braces inside strings are text. */
function objectEnd(text: string, start: number): number {
  let depth = 0;
  let inString = false;
  for (let i = start; i < text.length; i++) {
    const character = text[i];
    if (inString) {
      if (character === '\\') i++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return i + 1;
  }
  return -1;
}

/** Texts without what no reader sees and no column holds, such as the character zero. */
const cleaned = (_key: string, value: unknown) =>
  typeof value === 'string' ? visibleText(value).toWellFormed() : value;

/**
 * Every JSON object in a text, in order: alone, in a code fence, after reasoning or other prose.
 * Never throws; looks at no more than 64 opening braces, so hostile text costs little.
 */
export function jsonObjects(text: string): unknown[] {
  const found: unknown[] = [];
  let from = 0;
  for (let tried = 0; tried < mostCandidates; tried++) {
    const start = text.indexOf('{', from);
    if (start < 0) break;
    const end = objectEnd(text, start);
    from = start + 1;
    if (end < 0) continue;
    try {
      found.push(JSON.parse(text.slice(start, end), cleaned));
      from = end;
    } catch {
      // Braces in prose; the next opening brace may begin the object.
    }
  }
  return found;
}

/** What is wrong with an answer, in words that never quote it. */
export function problemOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 4)
    .map((issue) => `${issue.path.map(String).join('.') || 'object'}: ${issue.message}`)
    .join('; ');
}

function toFields(wire: z.output<typeof replySchema>): ReplyFields {
  const asked = wire.needs_person_reason || 'The model asks for a person and gives no reason.';
  return {
    category: wire.category.toLowerCase().replace(/[\s-]+/g, '_'),
    urgency: wire.urgency,
    language: wire.language.slice(0, 2).toLowerCase(),
    reply: wire.reply.trim(),
    citations: wire.citations.map(({ section, quote }) => ({
      section: section.replace(/^\[|\]$/g, ''),
      quote,
    })),
    missing: wire.missing,
    needsPerson: wire.needs_person,
    needsPersonReason: wire.needs_person ? asked : null,
  };
}

/**
 * Reads an answer. Never throws.
 *
 * @returns the fields of the last object that has the form, or what is wrong; the problem names
 *   fields and rules only and never quotes the answer.
 */
export function readReply(text: string): { value: ReplyFields } | { problem: string } {
  const objects = jsonObjects(text);
  let problem = 'it contains no JSON object';
  for (const object of objects.reverse()) {
    const result = replySchema.safeParse(object);
    if (!result.success) {
      problem = problemOf(result.error);
    } else if (result.data.reply.trim() === '' && !result.data.needs_person) {
      problem = 'reply: empty although needs_person is false';
    } else return { value: toFields(result.data) };
  }
  return { problem };
}

/** The form of a draft. */
export const replyForm: AnswerForm<ReplyFields> = { schema: replyJsonSchema, read: readReply };
