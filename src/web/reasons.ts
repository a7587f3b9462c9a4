/** The reasons for an edit or a rejection as the desk offers them: a label and one key each. */

import { type Reason, reasons } from '../domain/decision.ts';

const labels: Record<Reason, string> = {
  wrong_fact: 'Wrong fact',
  wrong_policy: 'Wrong policy',
  missing_info: 'Missing information',
  wrong_tone: 'Wrong tone',
  too_long: 'Too long',
  format: 'Format',
  wrong_language: 'Wrong language',
  should_escalate: 'Should be escalated',
  unsafe: 'Unsafe',
  other: 'Other',
};

/** All reasons in the order of their keys: 1 to 9, then 0. */
export const reasonChoices = reasons.map((reason, index) => ({
  reason,
  label: labels[reason],
  key: String((index + 1) % 10),
}));

/** A reason in words. */
export function reasonLabel(reason: Reason): string {
  return labels[reason];
}
