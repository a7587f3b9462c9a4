/** The responders of the settings, each opened once; a broken one stops only what it drafts for. */

import type { Config } from '../config.ts';
import { asReplywrightError, explain, ReplywrightError } from '../domain/errors.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { Responder } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import type { ResponderShelf } from '../pipeline/choose-responder.ts';
import { Endpoints } from '../responder/endpoints.ts';
import { ExamplePool } from '../responder/example-pool.ts';
import { openResponder } from '../responder/open-responder.ts';
import type { DraftingTrouble } from '../web/parts.ts';

type Opened = Responder | ReplywrightError;

/** What responders are opened from. */
export type DraftingSettings = Pick<
  Config,
  'prompts' | 'policies' | 'shop' | 'learning' | 'model' | 'budget' | 'responders' | 'mailboxes'
>;

type NamedSettings = DraftingSettings['responders'][number];

/** A broken prompt or policy stops drafting where it is used, and nothing else. */
async function open(
  settings: DraftingSettings,
  named: NamedSettings,
  { endpoints, pool }: { endpoints: Endpoints; pool: ExamplePool },
  log: Log,
): Promise<Opened> {
  const { prompts: promptsFolder, policies: policiesFolder, shop, learning } = settings;
  const { exampleOrigins } = learning;
  const { name, prompt, model, critique } = named;
  try {
    const opened = { promptsFolder, policiesFolder, prompt, shop, pool, exampleOrigins };
    return await openResponder({ ...opened, model, critique }, log, endpoints);
  } catch (cause) {
    const error = asReplywrightError(cause);
    log.error('responder_unusable', { responder: name, prompt, error });
    return error;
  }
}

export class Responders implements ResponderShelf {
  /** Approved replies, which join the examples of every responder. */
  readonly pool = new ExamplePool();
  readonly #log: Log;
  /** What is known of a model server outlives a change of the settings. */
  readonly #endpoints = new Endpoints();
  #dayOver: { error: ReplywrightError; until: number } | null = null;
  #budget: Config['budget'] = { perDayUsd: null, perMailUsd: null };
  #batchBeyond: number | null = null;
  #byName: ReadonlyMap<string, Opened> = new Map();
  #ownOf: ReadonlyMap<string, string> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Why some mail gets no drafts just now from its mailbox's own responder; null when all does. */
  get trouble(): DraftingTrouble | null {
    const used = [...new Set(this.#ownOf.values())].map((name) => this.#byName.get(name));
    const errors = used.flatMap(
      (found) => (found instanceof ReplywrightError ? found : found?.trouble?.()) ?? [],
    );
    const over = (this.#dayOver?.until ?? 0) > Date.now() ? this.#dayOver : null;
    const texts = new Set([...errors, ...(over === null ? [] : [over.error])].map(explain));
    if (texts.size === 0) return null;
    return { text: [...texts].join(' '), everywhere: errors.length === used.length };
  }

  /** What the examples of all responders are sorted into. */
  get categories(): readonly string[] {
    const all = [...this.#byName.values()].flatMap((opened) =>
      opened instanceof ReplywrightError ? [] : (opened.categories ?? []),
    );
    return [...new Set(all)].sort();
  }

  /** What drafting may cost, as the settings are now. */
  get budget(): Config['budget'] {
    return this.#budget;
  }

  /** How many drafts are made one by one before others go into batches; null: all are. */
  get batchBeyond(): number | null {
    return this.#batchBeyond;
  }

  /** Notes that a draft waits for the budget of another day. */
  noteDayOver(error: ReplywrightError): void {
    this.#dayOver = { error, until: Date.now() + (error.retryAfterMs ?? 0) };
  }

  /** Reads prompts, policies and examples, in place of what was read before. */
  async apply(settings: DraftingSettings): Promise<void> {
    const shared = { endpoints: this.#endpoints, pool: this.pool };
    const opened = await Promise.all(
      settings.responders.map(async (named) => {
        return [named.name, await open(settings, named, shared, this.#log)] as const;
      }),
    );
    this.#budget = settings.budget;
    this.#batchBeyond = settings.model?.batch?.whenWaiting ?? null;
    this.#dayOver = null;
    this.#byName = new Map(opened);
    this.#ownOf = new Map(settings.mailboxes.map(({ name, responder }) => [name, responder]));
  }

  ownOf(mailbox: string): string {
    const name = this.#ownOf.get(mailbox);
    if (name === undefined) throw new ReplywrightError('mailbox_unconfigured', { name: mailbox });
    return name;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  get(name: string): Responder {
    const found = this.#byName.get(name);
    if (found === undefined) {
      const hint = didYouMean(name, [...this.#byName.keys()]);
      throw new ReplywrightError('responder_unknown', { name, hint });
    }
    if (found instanceof ReplywrightError) throw found;
    return found;
  }
}
