/** Labels of a mail: what it is about, whether it is urgent, and in which language it is written. */

import { type Urgency, urgencies } from './responder.ts';

/** The labels that a person can correct. */
export const labelNames = ['category', 'urgency', 'language'] as const;
export type LabelName = (typeof labelNames)[number];

/** All labels of one mail. */
export interface Labels {
  category: string;
  urgency: Urgency;
  /** ISO 639-1. */
  language: string;
}

/** A mail whose labels a colleague corrected, without what belongs to its customer. */
export interface LabelledMail extends Labels {
  /** Its first words. */
  text: string;
}

/** Longest category, in UTF-16 units. */
const longestCategory = 60;

/**
 * The value as a label is kept: categories in lower case with `_` for spaces, languages as codes.
 *
 * @returns null when this can be no value of that label.
 */
export function asLabel(label: LabelName, written: string): string | null {
  const value = written.normalize('NFC').trim().toLowerCase();
  if (label === 'urgency') return urgencies.find((each) => each === value) ?? null;
  if (label === 'language') return /^[a-z]{2}$/.test(value) ? value : null;
  const category = value.replace(/[\s_]+/g, '_');
  const isWord = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}_&/+-]*$/u.test(category);
  return isWord && category.length <= longestCategory ? category : null;
}
