/** Reloading: changed settings are put in force while the program runs, one change after another. */

import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config.ts';
import { explain, ReplywrightError } from '../domain/errors.ts';
import type { Standing } from '../web/parts.ts';
import type { MailboxSet } from './mailbox-set.ts';
import type { Parts } from './parts.ts';
import type { Responders } from './responders.ts';

/** What can be changed only by a new start. */
const fixed = [
  'sandbox',
  'shop',
  'data',
  'databaseUrl',
  'key',
  'desk',
  'learning',
  'limits',
  'attachments',
  'log',
] as const;

/** What cannot be loaded stops drafting, and is told as that. */
async function samplesIn(config: Config): Promise<string[]> {
  const { materialRemains } = await import('./sample-remains.ts');
  return await materialRemains(config).catch((error: unknown) => {
    if (error instanceof ReplywrightError) return [];
    throw error;
  });
}

/** Puts settings in force, one change after another. */
export class Reloading {
  readonly #parts: Parts;
  readonly #mailboxes: MailboxSet;
  readonly #responders: Responders;
  readonly standing: Standing;
  #changing: Promise<void> = Promise.resolve();

  constructor(parts: Parts, mailboxes: MailboxSet, responders: Responders) {
    this.#parts = parts;
    this.#mailboxes = mailboxes;
    this.#responders = responders;
    this.standing = {
      offline: true,
      // Asked for each page: an endpoint fails and recovers while we run.
      get drafting() {
        return responders.trouble;
      },
      settings: null,
      samples: [],
    };
  }

  async begin(config: Config): Promise<void> {
    const { sandbox, facts } = this.#parts;
    const mailboxes = sandbox === null ? config.mailboxes : [sandbox.mailbox];
    // What never changes while we run comes from the start.
    const { shop, learning } = this.#parts.config;
    await this.#responders.apply({ ...config, shop, learning, mailboxes });
    this.standing.offline = config.model === null;
    await this.#mailboxes.apply(mailboxes);
    await facts.apply(sandbox === null ? config.context : sandbox.context);
    this.standing.samples = await samplesIn(config);
  }

  apply(config: Config): Promise<void> {
    const change = this.#changing.then(() => this.#applyNow(config));
    this.#changing = change.catch(() => {});
    return change;
  }

  refuse(error: ReplywrightError): void {
    this.#parts.log.error('settings_not_applied', { error });
    this.standing.settings = explain(error);
  }

  async #applyNow(config: Config): Promise<void> {
    const { log, config: started } = this.#parts;
    const late = fixed.filter((key) => !isDeepStrictEqual(started[key], config[key]));
    this.standing.settings =
      late.length === 0 ? null : `Replywright must be started again for: ${late.join(', ')}.`;
    if (late.length > 0) log.warn('settings_need_restart', { settings: late.join(' ') });
    // A sandbox becomes a shop, or a shop a sandbox, only at a start.
    if (config.sandbox !== started.sandbox) return;
    await this.begin(config);
    log.info('settings_applied');
  }
}
