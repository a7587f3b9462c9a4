/** The sources of order facts of the settings, opened, and opened anew when the settings change. */

import { isDeepStrictEqual } from 'node:util';
import { type ContextConfig, noContext } from '../config/context.ts';
import type { FactSheet } from '../domain/facts.ts';
import type { Log } from '../log.ts';
import { gatherFacts, type MailInQuestion } from '../responder/context/gather.ts';
import { type FactContext, openContext } from '../responder/context/open-context.ts';

/** What facts are gathered from, with the gatherings under way. */
interface Opened {
  settings: ContextConfig;
  context: FactContext;
  under: Set<Promise<FactSheet>>;
}

function opened(settings: ContextConfig): Opened {
  return { settings, context: openContext(settings), under: new Set() };
}

export class Facts {
  readonly #log: Log;
  #now = opened(noContext);

  constructor(log: Log) {
    this.#log = log;
  }

  /** Puts settings in force; what is under way ends with the sources that it began with. */
  async apply(settings: ContextConfig): Promise<void> {
    // What is held of unchanged sources is still good.
    if (isDeepStrictEqual(settings, this.#now.settings)) return;
    const before = this.#now;
    this.#now = opened(settings);
    await Promise.allSettled(before.under);
    await before.context.close();
  }

  /** What may be told about one mail. @throws what aborted `signal`. */
  async for(mail: MailInQuestion, signal: AbortSignal): Promise<FactSheet> {
    const { context, under } = this.#now;
    const gathering = gatherFacts(context, mail, signal, this.#log);
    under.add(gathering);
    return await gathering.finally(() => under.delete(gathering));
  }

  async stop(): Promise<void> {
    await this.#now.context.close();
  }
}
