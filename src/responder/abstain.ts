/** Decides in code, whatever the model says, that a person has to answer, and tells that person why. */

import type { DraftInput, ReplyFields } from '../domain/responder.ts';
import { strangersWords } from './instructed-mail.ts';
import { stakeOf } from './stakes.ts';

/** Most UTF-16 units of a reason. */
const longestReason = 1_000;

/**
 * The fields with `needsPerson` set where the mail has stakes that no machine should meet. What the
 * model understood so far stays behind the reason, for the person who takes over.
 */
export function abstaining(fields: ReplyFields, input: DraftInput): ReplyFields {
  const stake = stakeOf(strangersWords(input));
  if (stake === null) return fields;
  const summary = fields.needsPerson ? fields.needsPersonReason : null;
  const missing =
    fields.missing.length > 0 ? `Still to be found out: ${fields.missing.join('; ')}.` : null;
  const said = stake.words === '' ? null : `It says: "${stake.words}"`;
  const reason = [stake.reason, said, summary, missing].filter((part) => part !== null).join(' ');
  return { ...fields, needsPerson: true, needsPersonReason: reason.slice(0, longestReason) };
}
