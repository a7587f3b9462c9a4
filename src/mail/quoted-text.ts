/** Quoted history: what a customer newly wrote, without the earlier mails below or between it. */

import { attributionStrength, inlineAttribution } from './attribution-lines.ts';
import { isClosing } from './closings.ts';
import { isForwardMark, isRule } from './quote-marks.ts';
import { afterBlanks, afterQuotation, introductions, isBlank, isQuoted } from './quoted-history.ts';
import {
  isCardRule,
  isContactCard,
  isSignatureBlock,
  isSignatureSeparator,
  isSignedName,
  mobileSignature,
} from './signatures.ts';

/** What is looked at; hostile text makes every line reader slow, so it never sees more than this. */
const caps = { characters: 64 * 1024, lines: 2000, perLine: 1000 } as const;

function cappedLines(text: string): string[] {
  return text
    .slice(0, caps.characters)
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .split('\n', caps.lines)
    .map((line) => line.slice(0, caps.perLine).toWellFormed())
    .flatMap((line) => inlineAttribution(line) ?? [line]);
}

/** `line` as the rules see it: composed, without invisible marks, and with plain spaces. */
function legible(line: string): string {
  // Most lines hold nothing of all that, and every line of every mail comes here.
  if (/^[\t -~]*$/.test(line)) return line;
  return line
    .normalize('NFC')
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '')
    .replace(/[\u00a0\u2000-\u200a\u202f\u3000]/gu, ' ');
}

/** For each line, the next one at or after it where quoted history or a forwarded mail begins. */
function nextQuotations(lines: readonly string[], introduced: Uint32Array): Uint32Array {
  const next = new Uint32Array(lines.length + 1).fill(lines.length);
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at] ?? '';
    const begins = introduced[at] !== 0 || isQuoted(line) || isForwardMark(line);
    next[at] = begins ? at : (next[at + 1] ?? lines.length);
  }
  return next;
}

/** Further down, with blank lines, nothing is a signature any more; and hostile text repeats them. */
const maxSigned = 80;

/** The first line after the closing that begins at `at` and ends before `end`; `at` when none does. */
function afterClosing(lines: readonly string[], at: number, end: number): number {
  if (!isClosing(lines.slice(at, at + 1))) return at;
  const endsClosing = (line: string): boolean =>
    mobileSignature(line) !== 'none' || isSignatureSeparator(line) || isRule(line);
  const signature = lines.slice(at, Math.min(end, at + maxSigned)).findIndex(endsClosing);
  const last = signature < 0 ? end : at + signature;
  if (last - at > maxSigned) return at;
  return isClosing(lines.slice(at, last)) ? last : at;
}

/** The first line after the signature that begins at `at` and ends before `end`; `at` when none does. */
function afterSignature(lines: readonly string[], at: number, end: number): number {
  const line = lines[at] ?? '';
  const mobile = mobileSignature(line);
  if (mobile === 'device') return end;
  // One of several lines like it is an item of a list.
  const isName = isSignedName(line) && !isSignedName(lines[at - 1] ?? '');
  if ((mobile === 'vague' || isName) && afterBlanks(lines, at + 1) >= end) return end;
  const separates = isSignatureSeparator(line);
  if (!separates && !isCardRule(line)) return at;
  if (end - at > maxSigned) return at;
  const below = lines.slice(at + 1, end);
  return (separates ? isSignatureBlock(below) : isContactCard(below)) ? end : at;
}

/** A longer quotation is history, whoever put it there. */
const maxByHand = 5;

/** True when one of the first lines of a quotation is its attribution. */
function isAttributed(quoted: readonly string[]): boolean {
  return quoted.slice(0, maxByHand).some((line) => attributionStrength(line) !== 'none');
}

/** True for a few quoted lines above new words, which show what these answer. */
function isQuotedByHand(lines: readonly string[], at: number, end: number): boolean {
  const below = lines[afterBlanks(lines, end)];
  return end - at <= maxByHand && below !== undefined && !isAttributed(lines.slice(at, end));
}

/** The places of the lines that are new, and of those that close them, in order. */
function newLines(lines: readonly string[]): { fresh: number[]; closing: number[] } {
  // Once for all lines: a mail of nothing but separators asks for each of them.
  const introduced = introductions(lines);
  const next = nextQuotations(lines, introduced);
  const fresh: number[] = [];
  const closing: number[] = [];
  let written = false;
  let isIntroduced = false;
  const keep = (from: number, to: number): void => {
    for (let at = from; at < to; at += 1) {
      fresh.push(at);
      if (!isBlank(lines[at] ?? '')) written = true;
    }
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const introduction = introduced[at] ?? 0;
    if (isForwardMark(line)) {
      // A forwarded mail is what the customer wants us to read.
      keep(at, lines.length);
      break;
    }
    if (isQuoted(line)) {
      const end = afterQuotation(lines, at);
      if (!isIntroduced && isQuotedByHand(lines, at, end)) keep(at, end);
      else isIntroduced ||= isAttributed(lines.slice(at, end));
      at = end;
    } else if (introduction > 0) {
      // Without quote marks nothing says where history ends, so it goes to the end; but a mail
      // that begins with it has its words below.
      const below = lines[afterBlanks(lines, introduction)];
      if (written && below !== undefined && !isQuoted(below)) break;
      isIntroduced = true;
      at = introduction;
    } else {
      const until = next[at + 1] ?? lines.length;
      const closed = written ? afterClosing(lines, at, until) : at;
      const signed = written && closed === at ? afterSignature(lines, at, until) : closed;
      for (let line = at; line < closed; line += 1) closing.push(line);
      if (signed === at) keep(at, at + 1);
      at = Math.max(signed, at + 1);
    }
  }
  return { fresh, closing };
}

function tidy(lines: readonly string[]): string {
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}

/** Without the rules and blank lines at the end, which part nothing from nothing. */
function withoutTrailingRules(lines: readonly string[]): readonly string[] {
  const isNothing = (line: string): boolean =>
    isBlank(line) || isRule(line) || isSignatureSeparator(line);
  const last = lines.findLastIndex((line) => !isNothing(line));
  return lines.slice(0, last + 1);
}

/** What the sender newly wrote in `text`; blank where the rules leave nothing. */
export function newTextIn(text: string): string {
  const lines = cappedLines(text);
  const { fresh } = newLines(lines.map(legible));
  return tidy(withoutTrailingRules(fresh.map((at) => lines[at] ?? '')));
}

/**
 * `newText` with the closing that was left out of it, as in "Kind regards, Ann": it says by which
 * name a customer wants to be called.
 *
 * @param text the whole text of the mail that `newText` is from.
 */
export function withClosing(newText: string, text: string): string {
  const lines = cappedLines(text);
  const { closing } = newLines(lines.map(legible));
  const closed = tidy(closing.map((at) => lines[at] ?? ''));
  return closed === '' || newText.includes(closed) ? newText : `${newText}\n\n${closed}`;
}

/**
 * What the sender newly wrote. Only the first 64 kB, 2,000 lines and 1,000 characters a line are
 * looked at. Where the rules leave nothing, the whole (capped) text comes back: a mail that is
 * all quotation still has to be read.
 *
 * @returns never longer than `text`, and never blank when the capped text is not.
 */
export function extractNewText(text: string): string {
  const fresh = newTextIn(text);
  return fresh.trim() === '' ? tidy(cappedLines(text)) : fresh;
}
