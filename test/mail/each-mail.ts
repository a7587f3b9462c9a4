/** A store that takes mails one after the other, for tests that look at each. */

import type { FetchedMail } from '../../src/domain/message.ts';
import type { Store } from '../../src/mail/watched.ts';

export function eachMail(take: (mail: FetchedMail) => Promise<unknown>): Store {
  return async (mails) => {
    for (const mail of mails) await take(mail);
  };
}
