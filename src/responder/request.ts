/** Lays out the request for one mail over loaded material: the part for all mails, and its own. */

import type { DraftInput } from '../domain/responder.ts';
import { type StaticText, userTurn } from './assemble.ts';
import type { Example } from './examples.ts';
import { detectLanguage } from './language.ts';
import type { Material } from './material.ts';

export interface DraftRequest {
  system: StaticText;
  /** The user turn, byte for byte. */
  userTurn: string;
  /** What was found for this mail, best first. */
  examples: readonly Example[];
}

/** Retrieval looks for the message to answer. The same mail always gives the same bytes. */
export function draftRequest(material: Material, input: DraftInput): DraftRequest {
  const text = input.turns.at(-1)?.text ?? '';
  const query = { subject: input.subject, text, language: detectLanguage(text).language };
  const { retrieved } = material.prompt.frontMatter.examples;
  const found = retrieved === 0 ? [] : material.index.search(query, retrieved);
  const examples = found.map(({ example }) => example);
  return { system: material.system, userTurn: userTurn(input, examples), examples };
}
