/** The doctor's look at the copies of sent replies: whether any could not be put into the Sent folder. */

import type { Config } from '../config.ts';
import { missingCopies } from '../storage/sent-copies.ts';
import { askDatabase } from './ask-database.ts';
import type { Check } from './findings.ts';

/** What the Sent folder of a mailbox lacks; a remark, since the replies were sent. */
export function sentCopiesCheck(config: Config, name: string): Check {
  return {
    name: `mailbox ${name}, Sent copies`,
    run: () =>
      askDatabase(config, async (db) => {
        const missing = await missingCopies(db, name);
        if (missing === null) return 'none is missing';
        const { count, more, at, trouble } = missing;
        const replies = count === 1 ? 'reply has' : 'replies have';
        const many = more ? `more than ${count}` : `${count}`;
        return {
          open: `${many} sent ${replies} no copy in Sent, the last since ${at.toLocaleString('en-GB')}: ${trouble}`,
          mend: 'Mend that: for two days after a reply was sent its copy is tried again by itself. The page of an older one has it as “Original”.',
        };
      }),
  };
}
