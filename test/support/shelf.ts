/** Responders that a test names, in place of those of the settings. */

import { ReplywrightError } from '../../src/domain/errors.ts';
import type { Responder } from '../../src/domain/responder.ts';
import type { ResponderShelf } from '../../src/pipeline/choose-responder.ts';

/** Responders by their names; the first is every mailbox's own. */
export function shelfOf(responders: Readonly<Record<string, Responder>>): ResponderShelf {
  const byName = new Map(Object.entries(responders));
  return {
    ownOf: () => [...byName.keys()][0] ?? 'none',
    has: (name) => byName.has(name),
    get(name) {
      const found = byName.get(name);
      if (found === undefined) throw new ReplywrightError('responder_unknown', { name, hint: '' });
      return found;
    },
  };
}
