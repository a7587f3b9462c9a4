/** What a check is: a rule in code that inspects one draft. */

import type { CheckResult, DraftInput, ReplyFields } from '../../domain/responder.ts';
import type { PolicySet } from '../policies.ts';

/** Everything a check may look at. */
export interface CheckSubject {
  fields: ReplyFields;
  input: DraftInput;
  policies: PolicySet;
  /** Domains that a reply may link to, besides those in the policies. Lower case. */
  linkDomains: readonly string[];
}

/** What is wrong with a draft; null when nothing is. */
export type Finding = Pick<CheckResult, 'message' | 'spans'> | null;

export interface Check {
  name: string;
  /** Pure. May throw: a check that throws counts as failed. */
  inspect(subject: CheckSubject): Finding;
}

/** A finding at the given words; null when there are none. */
export function findingAt(
  spans: readonly { start: number; end: number }[],
  message: (count: number) => string,
): Finding {
  if (spans.length === 0) return null;
  return { message: message(spans.length), spans: spans.map(({ start, end }) => ({ start, end })) };
}
