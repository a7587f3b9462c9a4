/** The doctor's look at a mailbox's rollout: whether the settings still name its responders. */
import type { Config } from '../config.ts';
import { askDatabase } from './ask-database.ts';
import type { Check } from './findings.ts';
import { rolloutState, sharesText } from './rollout-state.ts';

/** What drafts for the mailbox by its rollout; open when that cannot be known. */
export function rolloutCheck(config: Config, mailbox: string): Check {
  return {
    name: `mailbox ${mailbox}, rollout`,
    run: () =>
      askDatabase(config, async (db) => {
        const { own, split, shadow, missing } = await rolloutState(db, config, mailbox);
        const beside = shadow.length === 0 ? '' : `; silently ${sharesText(shadow, '')}`;
        const fact = `${sharesText(split, `${own}, by the settings`)}${beside}`;
        if (missing.length === 0) return fact;
        return {
          open: `${fact}; the settings do not name ${missing.join(', ')}, so ${own} drafts instead`,
          mend: `Put the responder back under \`responders\`, or run \`npx replywright rollout clear ${mailbox}\`.`,
        };
      }),
  };
}
