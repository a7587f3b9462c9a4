/** The responders of the mailboxes: one for each prompt version that they name. */

import type { Config } from '../config.ts';
import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import type { Responder } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { openResponder } from '../responder/open-responder.ts';
import type { DraftingTrouble } from '../web/parts.ts';

type Opened = Responder | ReplywrightError;

/** What responders are opened from. */
export type DraftingSettings = Pick<
  Config,
  'prompts' | 'policies' | 'prompt' | 'shop' | 'model' | 'mailboxes'
>;

/** A broken prompt or policy stops drafting where it is used, and nothing else. */
async function open(settings: DraftingSettings, prompt: string, log: Log): Promise<Opened> {
  const { prompts: promptsFolder, policies: policiesFolder, shop, model } = settings;
  try {
    return await openResponder({ promptsFolder, policiesFolder, prompt, shop, model }, log);
  } catch (cause) {
    const error = asReplywrightError(cause);
    log.error('responder_unusable', { prompt, error });
    return error;
  }
}

export class Responders {
  readonly #log: Log;
  #byPrompt: ReadonlyMap<string, Opened> = new Map();
  #promptOf: ReadonlyMap<string, string> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Why some mailboxes get no drafts; null when all do. */
  get trouble(): DraftingTrouble | null {
    const opened = [...this.#byPrompt.values()];
    const errors = opened.filter((found) => found instanceof ReplywrightError);
    if (errors.length === 0) return null;
    return { text: errors.map(explain).join(' '), everywhere: errors.length === opened.length };
  }

  /** Reads prompts, policies and examples, in place of what was read before. */
  async apply(settings: DraftingSettings): Promise<void> {
    const promptOf = new Map(settings.mailboxes.map(({ name, prompt }) => [name, prompt]));
    const prompts = [...new Set(promptOf.values())];
    const opened = await Promise.all(
      prompts.map(async (prompt) => [prompt, await open(settings, prompt, this.#log)] as const),
    );
    this.#byPrompt = new Map(opened);
    this.#promptOf = promptOf;
  }

  /**
   * The responder of a mailbox.
   *
   * @throws ReplywrightError `mailbox_unconfigured`, or why its responder cannot be opened.
   */
  of(mailbox: string): Responder {
    const found = this.#byPrompt.get(this.#promptOf.get(mailbox) ?? '');
    if (found === undefined) throw new ReplywrightError('mailbox_unconfigured', { name: mailbox });
    if (found instanceof ReplywrightError) throw found;
    return found;
  }
}
