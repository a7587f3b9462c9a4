/** Reads the corpus of support mail: labelled mails, a pool of answered ones, mails no shop should answer. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { IndexedExample } from '../src/responder/example-index.ts';

const rowSchema = z.object({
  id: z.string(),
  subject: z.string().default(''),
  body: z.string(),
  /** What is wanted; absent where a mail is out of scope. */
  intent: z.string().default(''),
  category: z.string().default('other'),
  /** Rows of one group come from one conversation or one customer. */
  group: z.string().default(''),
  reference_reply: z.string().default(''),
  customer_email: z.string().optional(),
  policy_citations: z.array(z.string()).optional(),
});

export type SupportRow = z.output<typeof rowSchema>;

/**
 * The rows of `support/NAME.jsonl`.
 *
 * @param corpora the folder of test data; null where none was named.
 * @throws Error when there is none, or a row has another form.
 */
export async function readSupport(corpora: string | null, name: string): Promise<SupportRow[]> {
  const text = await readFile(supportFile(corpora, `${name}.jsonl`), 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => rowSchema.parse(JSON.parse(line)));
}

/** The path of a file of this corpus. @throws Error when no folder of test data was named. */
export function supportFile(corpora: string | null, name: string): string {
  if (corpora === null)
    throw new Error('Name the folder of test data: --corpora DIR, or REPLYWRIGHT_CORPORA.');
  return join(corpora, 'support', name);
}

/** A row of the pool as an approved reply. */
export function exampleOf(row: SupportRow): IndexedExample {
  return {
    id: row.id,
    language: 'en',
    category: row.category,
    subject: row.subject,
    mail: row.body,
    reply: row.reference_reply,
    citations: [],
    about: [],
    unless: [],
    tags: [],
    pinned: false,
    evaluation: false,
    customer: row.customer_email ?? null,
  };
}

/** `value` with three decimals. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
