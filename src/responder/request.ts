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

/** How many examples say which policy sections a mail needs; more than are shown. */
const witnesses = 10;

/** Retrieval looks for the message to answer. The same mail always gives the same bytes. */
export function draftRequest(material: Material, input: DraftInput): DraftRequest {
  const { prompt, index, policyIndex, system } = material;
  const text = input.turns.at(-1)?.text ?? '';
  const { language } = detectLanguage(text);
  const customer = input.customer.address;
  const mailbox = input.mailbox.name;
  const query = { subject: input.subject, text, language, customer, mailbox };
  const { retrieved } = prompt.frontMatter.examples;
  const found = index.search(query, Math.max(witnesses, retrieved));
  const examples = found.slice(0, retrieved).map(({ example }) => example);
  const sections = policyIndex.search(query, found);
  return { system, userTurn: userTurn(input, examples, sections), examples };
}
