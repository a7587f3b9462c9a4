/** The sources of order facts of the settings, opened, and opened anew when the settings change. */

import { isDeepStrictEqual } from 'node:util';
import { type ContextConfig, noContext } from '../config/context.ts';
import type { FactSheet } from '../domain/facts.ts';
import type { Log } from '../log.ts';
import { gatherFacts, type MailInQuestion } from '../responder/context/gather.ts';
import { type FactContext, openContext } from '../responder/context/open-context.ts';

export class Facts {
  readonly #log: Log;
  #settings: ContextConfig = noContext;
  #opened: FactContext = openContext(noContext);

  constructor(log: Log) {
    this.#log = log;
  }

  /** Puts settings in force. A look-up under way in a source that is gone finds it unavailable. */
  async apply(settings: ContextConfig): Promise<void> {
    // What is held of unchanged sources is still good.
    if (isDeepStrictEqual(settings, this.#settings)) return;
    const before = this.#opened;
    this.#opened = openContext(settings);
    this.#settings = settings;
    await before.close();
  }

  /** What may be told about one mail. @throws what aborted `signal`. */
  for(mail: MailInQuestion, signal: AbortSignal): Promise<FactSheet> {
    return gatherFacts(this.#opened, mail, signal, this.#log);
  }

  async stop(): Promise<void> {
    await this.#opened.close();
  }
}
