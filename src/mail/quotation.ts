/** What a reply quotes of the mail that it answers: who wrote it when, and its text, within bounds. */

import type { Address } from '../domain/message.ts';
import { attributionLine } from './own-attribution.ts';
import { oneLine, wellFormed } from './text-hygiene.ts';

/** The line above a quotation, and what is quoted, without marks. */
export interface Quotation {
  attribution: string;
  text: string;
}

/** Nobody reads more of what they wrote themselves; it would only make every reply heavier. */
const longestQuotation = 10_000;
const mostLines = 200;

/** How much of the mail that is answered stands below the reply. */
export type QuoteHistory = 'none' | 'last' | 'all';

export interface QuotedMail {
  from: Address;
  date: Date | null;
  /** All of it, with what it quotes itself. */
  text: string;
  /** What its writer newly wrote. */
  newText: string;
}

function withinBounds(text: string): string {
  const clean = wellFormed(text, longestQuotation)
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/[^\S\n]+$/gm, '')
    .replace(/^\n+|\n+$/g, '');
  const lines = clean.split('\n');
  const cut = text.length > longestQuotation || lines.length > mostLines;
  return [...lines.slice(0, mostLines), ...(cut ? ['[...]'] : [])].join('\n');
}

/**
 * The quotation below a reply. It is of the mail answered alone: nothing else of the conversation,
 * which may have been merged or joined, is shown to whom the reply goes to.
 *
 * @param language of the reply, as ISO 639-1 code; null where nobody knows.
 * @returns null where nothing is to be quoted.
 */
export function quotationOf(
  mail: QuotedMail,
  wanted: QuoteHistory,
  language: string | null,
): Quotation | null {
  if (wanted === 'none') return null;
  const text = withinBounds(
    wanted === 'all' || mail.newText.trim() === '' ? mail.text : mail.newText,
  );
  if (text.trim() === '') return null;
  const from = { name: oneLine(mail.from.name, 100), address: oneLine(mail.from.address, 200) };
  return { attribution: attributionLine(from, mail.date, language), text };
}
