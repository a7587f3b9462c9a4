/** Quarantine: what cannot be read or filed is shown to a person, with the reason. */

import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import { readHeaders } from '../mail/header-block.ts';
import { oneLine } from '../mail/text-hygiene.ts';
import { moveMessage } from '../storage/compare-and-set.ts';
import { messageRaw } from '../storage/raw-bytes.ts';
import { refusesValue } from '../storage/refusal.ts';
import type { TriageParts } from './filing.ts';

/** Files what cannot be read, with as much of its header as a person needs to recognize it. */
async function quarantine(
  parts: TriageParts,
  messageId: number,
  error: ReplywrightError,
): Promise<void> {
  // The error's code alone: this is no failure of ours, and its frames would say nothing.
  parts.log.warn('mail_quarantined', { messageId, code: error.code });
  // Read anew: parsing takes the bytes of a large mail along.
  const headers = readHeaders((await messageRaw(parts.db, messageId)) ?? Buffer.alloc(0));
  const start = (name: string) => oneLine(headers.get(name)?.[0] ?? '', 300);
  const columns = {
    state_reason: explain(error),
    from_name: start('from'),
    subject: start('subject'),
  };
  await parts.db
    .transaction()
    .execute((tx) => moveMessage(tx, messageId, 'stored', 'quarantined', columns));
}

/** After so many tries, about a quarter of an hour, a mail that cannot be filed is shown to a person. */
const mostTries = 10;

/** Why a mail is quarantined for an error; null where another try may do better. */
function reasonFor(error: unknown, tries: number): ReplywrightError | null {
  const known = asReplywrightError(error);
  if (known.code === 'mail_unparsable') return known;
  const cause = { cause: error };
  const unkept = { detail: 'it holds what the database cannot keep' };
  if (refusesValue(error)) return new ReplywrightError('mail_unparsable', unkept, cause);
  // With `state_changed` another worker was first.
  if (tries < mostTries || known.code === 'state_changed') return null;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const detail = oneLine(`${name}: ${message}`, 200);
  return new ReplywrightError('mail_not_filed', { detail }, cause);
}

/**
 * Puts a failure to read or to keep a mail on record.
 *
 * @param tries how often it was tried by now.
 * @throws `error`, where another try may do better.
 */
export async function quarantineFor(
  parts: TriageParts,
  id: number,
  { error, tries }: { error: unknown; tries: number },
) {
  const reason = reasonFor(error, tries);
  if (reason === null) throw error;
  if (reason.code === 'mail_not_filed') parts.log.warn('mail_not_filed', { messageId: id, error });
  await quarantine(parts, id, reason);
}
