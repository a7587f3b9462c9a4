/** Loads the curated examples: customer mails with the replies we want. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { ReplywrightError } from '../domain/errors.ts';
import { sha256 } from './digest.ts';
import { isVerbatim, type PolicySet } from './policies.ts';
import { readYaml, YamlProblem } from './yaml-border.ts';

const phrases = z.array(
  z.string().regex(/^[^\p{M}\p{Lu}]{1,60}$/u, 'words in lower case, without accents'),
);

const exampleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens'),
  /** ISO 639-1 code of mail and reply. */
  language: z.string().regex(/^[a-z]{2}$/, 'a two-letter language code'),
  category: z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case words joined by underscores'),
  subject: z.string().max(300).default(''),
  mail: z.string().trim().min(1).max(8000),
  reply: z.string().trim().min(1).max(8000),
  citations: z
    .array(z.strictObject({ section: z.string().min(1), quote: z.string().trim().min(1) }))
    .default([]),
  /**
   * Words that show that a mail is about this matter, one of each list, without accents and in
   * lower case; a word of the mail may go on after them. Empty: likeness alone decides.
   */
  about: z.array(phrases.min(1)).default([]),
  /** Words that show that it is about something else, written alike. */
  unless: phrases.default([]),
  /** Words to sort by; `mailbox:NAME` keeps an example to the mails of that mailbox. */
  tags: z.array(z.string().trim().min(1).max(60)).default([]),
  /** Pinned examples stand in the static text of every request. */
  pinned: z.boolean().default(false),
  /** Kept for measuring: it stands in no request and answers no mail, pinned or not. */
  evaluation: z.boolean().default(false),
});

export type Example = z.output<typeof exampleSchema>;

export interface ExampleSet {
  /** In the order of the file. */
  examples: Example[];
  /** SHA-256 (hex) of the bytes of the file. */
  sha256: string;
}

/** The id of the example at `index`, as far as it can be read without a valid file. */
function nameOf(text: string, index: number): string {
  const ids = [...text.matchAll(/^\s*-?\s*id:\s*['"]?([\w-]+)/gm)].map((match) => match[1]);
  return ids[index] ?? `number ${index + 1}`;
}

/**
 * Reads the examples file: a YAML list.
 *
 * @param file name for error messages.
 * @throws ReplywrightError `examples_invalid`, naming the example and the line.
 */
export function parseExamples(file: string, text: string): Example[] {
  const fail = (detail: string, cause?: unknown) =>
    new ReplywrightError('examples_invalid', { file, detail }, { cause });
  let examples: Example[];
  try {
    examples = readYaml(text, z.array(exampleSchema));
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const [index] = error.path;
    const which = typeof index === 'number' ? `example ${nameOf(text, index)}, ` : '';
    throw fail(`${which}line ${error.line}: ${error.message.replace(/^\d+\./, '')}`, error);
  }
  const seen = new Set<string>();
  for (const { id } of examples) {
    if (seen.has(id)) throw fail(`two examples have the id ${id}`);
    seen.add(id);
  }
  return examples;
}

/** Loads the examples file. @throws ReplywrightError `examples_invalid`. */
export async function loadExamples(file: string): Promise<ExampleSet> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const detail = `it cannot be read (${error.code ?? error.name})`;
    throw new ReplywrightError('examples_invalid', { file, detail }, { cause: error });
  });
  return {
    examples: parseExamples(basename(file), bytes.toString('utf8')),
    sha256: sha256(bytes),
  };
}

/** True when every quote of the example still stands in the policies. */
export function isCurrent(example: Example, policies: PolicySet): boolean {
  return example.citations.every(({ section, quote }) => isVerbatim(policies, section, quote));
}

/** True when the example may serve drafts: it is current, and kept for no evaluation. */
export function isUsable(example: Example, policies: PolicySet): boolean {
  return !example.evaluation && isCurrent(example, policies);
}

/** The mailboxes that an example is kept to by its tags; none where it serves all. */
function mailboxesOf({ tags }: Example): string[] {
  return tags.flatMap((tag) => /^mailbox:(.+)$/.exec(tag)?.[1] ?? []);
}

/**
 * The first `count` pinned examples, in the order of the file. What is kept to a mailbox is none of
 * them: the static text is the same for all.
 */
export function pinnedExamples(examples: readonly Example[], count: number): Example[] {
  const pinned = examples.filter((example) => example.pinned && mailboxesOf(example).length === 0);
  return pinned.slice(0, count);
}

/** False for what its tags keep to other mailboxes. */
export function serves(example: Example, mailbox: string | undefined): boolean {
  const own = mailboxesOf(example);
  return own.length === 0 || own.includes(mailbox ?? '');
}
