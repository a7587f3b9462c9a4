/** What a check is: a rule in code that inspects one draft. */

import type { CheckResult, DraftInput, ReplyFields } from '../../domain/responder.ts';
import type { Example } from '../examples.ts';
import type { PolicySet } from '../policies.ts';

/** Everything a check may look at. */
export interface CheckSubject {
  fields: ReplyFields;
  input: DraftInput;
  policies: PolicySet;
  /** Domains that a reply may link to, besides those in the policies. Lower case. */
  linkDomains: readonly string[];
  /** The instructions of the prompt, which no reply may tell; without policies and examples. */
  instructions: string;
  /** The examples that the responder was shown: mails of other customers. */
  examples: readonly Example[];
}

/** A stretch of a text, as UTF-16 offsets. */
export interface Span {
  start: number;
  end: number;
}

/** What is wrong with a draft; null when nothing is. */
export type Finding = Pick<CheckResult, 'message' | 'spans'> | null;

export interface Check {
  name: string;
  /** Absent: a finding takes the one-click approval away. */
  severity?: 'remark';
  /** Pure. May throw: a check that throws counts as failed. */
  inspect(subject: CheckSubject): Finding;
}

/** A finding at the given words; null when there are none. */
export function findingAt(spans: readonly Span[], message: (count: number) => string): Finding {
  if (spans.length === 0) return null;
  return { message: message(spans.length), spans: spans.map(({ start, end }) => ({ start, end })) };
}

/** Where a pattern with the flag `g` matches in a text. */
export function spansOf(text: string, pattern: RegExp): Span[] {
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
  }));
}
