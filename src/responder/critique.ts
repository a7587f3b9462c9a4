/** Critique: a second call holds a draft against principles and the cited policies, and revises it. */

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ReplywrightError } from '../domain/errors.ts';
import { fileTrouble } from '../domain/file-trouble.ts';
import type { ReplyFields } from '../domain/responder.ts';
import type { PolicySet } from './policies.ts';

/** Beside the versions of a prompt: what every reply of it is held against. */
const principlesFile = 'principles.md';
const longestPrinciples = 8_000;

/** The reply that says a draft can stay as it is. */
const keepWord = 'KEEP';

/**
 * Reads the principles of a prompt.
 *
 * @param promptFile a version of it.
 * @throws ReplywrightError `principles_missing`.
 */
export async function loadPrinciples(promptFile: string): Promise<string> {
  const file = join(dirname(promptFile), principlesFile);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ReplywrightError(
      'principles_missing',
      { file, detail: fileTrouble(cause) },
      { cause },
    );
  });
  const principles = text.trim();
  if (principles !== '' && principles.length <= longestPrinciples) return principles;
  const detail =
    principles === '' ? 'it is empty' : `it is longer than ${longestPrinciples} characters`;
  throw new ReplywrightError('principles_missing', { file, detail });
}

function citedPolicies(fields: ReplyFields, policies: PolicySet): string {
  const ids = [...new Set(fields.citations.map(({ section }) => section))];
  const sections = ids.flatMap((id) => policies.sections.get(id) ?? []);
  if (sections.length === 0) return 'It cites no policy.';
  return sections.map(({ id, heading, text }) => `## [${id}] ${heading}\n${text}`).join('\n\n');
}

/**
 * What is asked after a draft. It goes on with the conversation that made the draft, and asks for
 * the same form: another beginning or another form would empty the endpoint's cache, which costs
 * more than the critique itself.
 */
export function critiqueTurn(principles: string, fields: ReplyFields, policies: PolicySet): string {
  return [
    'Now read your answer as a strict colleague would before it goes out. Hold it against these principles, and against the words of the policies it cites.',
    `# PRINCIPLES\n\n${principles}`,
    `# POLICIES IT CITES\n\n${citedPolicies(fields, policies)}`,
    `If nothing must change, answer with the same JSON object whose "reply" is the one word ${keepWord}. Otherwise answer with the whole JSON object, corrected, and change no more than the principles ask for.`,
  ].join('\n\n');
}

/** The draft after its critique; null when it stays as it is. */
export function revisionOf(first: ReplyFields, answered: ReplyFields): ReplyFields | null {
  if (answered.reply.replace(/[^A-Za-z]/g, '').toUpperCase() === keepWord) return null;
  // A critique may call for a person, and never calls one off.
  if (first.needsPerson && !answered.needsPerson) return null;
  return JSON.stringify(answered) === JSON.stringify(first) ? null : answered;
}
