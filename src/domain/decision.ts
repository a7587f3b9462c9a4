/** A decision: a person's verdict on a draft, and the reasons they may give. */

export type Verdict = 'approved' | 'edited' | 'rejected';

/** Where the text of a sent reply came from; the owner chooses by it what may train a model. */
export const origins = ['verbatim', 'edited', 'human'] as const;
export type Origin = (typeof origins)[number];

/** The closed list of reasons for an edit or a rejection. */
export const reasons = [
  'wrong_fact',
  'wrong_policy',
  'missing_info',
  'wrong_tone',
  'too_long',
  'format',
  'wrong_language',
  'should_escalate',
  'unsafe',
  'other',
] as const;

export type Reason = (typeof reasons)[number];

/** Folds what no reader can see: Unicode form, line ends, trailing white space. */
export function normalizeReply(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

/**
 * The verdict that an approval of `finalText` amounts to, and the origin of that text.
 *
 * @param drafted the text the responder proposed, or null where it proposed none.
 */
export function approvalOf(
  drafted: string | null,
  finalText: string,
): { verdict: 'approved' | 'edited'; origin: Origin } {
  if (drafted === null || normalizeReply(drafted) === '')
    return { verdict: 'edited', origin: 'human' };
  if (normalizeReply(drafted) === normalizeReply(finalText))
    return { verdict: 'approved', origin: 'verbatim' };
  return { verdict: 'edited', origin: 'edited' };
}
