/** The doctor's look at a mailbox of the running Replywright: whether mail comes in, as it knows itself. */

import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { type MailboxHealth, mailboxHealth } from '../storage/mailbox-health.ts';
import { askDatabase } from './ask-database.ts';
import type { Check, Open } from './findings.ts';

const time = (at: Date | null) => (at === null ? 'never' : at.toLocaleString('en-GB'));

function factOf(health: MailboxHealth): string | Open {
  const { state, contactedAt, lagSeconds, waiting, taking, nextTryAt, error } = health;
  const heard = `last heard of its server: ${time(contactedAt)}`;
  if (state === 'paused' || state === 'never')
    return { open: `Replywright does not watch it now; ${heard}` };
  if (state === 'unwatched')
    return { open: `the process that watched it is gone; start Replywright; ${heard}` };
  if (error !== null)
    throw new ReplywrightError('mailbox_trouble', {
      ...{ detail: error.text, since: time(error.since), contact: time(contactedAt) },
      next: nextTryAt === null ? 'when Replywright starts' : `at ${time(nextTryAt)}`,
    });
  if (taking !== null) return `taking in ${taking.done} of ${taking.total} mails`;
  const held =
    waiting === 0 ? '' : `, ${waiting} ${waiting === 1 ? 'mail' : 'mails'} cannot be taken now`;
  return `read to its end ${lagSeconds ?? 0} s ago${held}; ${heard}`;
}

/** What the running Replywright says of its mailbox; open when none runs. */
export function intakeCheck(config: Config, name: string): Check {
  return {
    name: `mailbox ${name}, intake`,
    run: () =>
      askDatabase(config, async (db) => {
        const health = (await mailboxHealth(db)).find((each) => each.name === name);
        return health === undefined ? { open: 'never read so far' } : factOf(health);
      }),
  };
}
