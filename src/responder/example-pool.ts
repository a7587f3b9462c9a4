/**
 * Keeps the approved replies that join the curated examples, for every index that is attached.
 *
 * The rule of what is kept: the newest replies, at most `poolLimit`; an older one of the same wording
 * goes before a newer one comes.
 */

import type { Origin } from '../domain/decision.ts';
import type { ExampleIndex, IndexedExample } from './example-index.ts';
import { Breather } from './latent-space.ts';
import { withPlaceholders } from './placeholders.ts';

/** Most approved replies that are looked through for one mail. */
export const poolLimit = 10_000;
/** The meaning of words is learned anew once this share of an index came or went since. */
const relearnedAfter = 0.2;
const fewestChanges = 50;

/** A reply that a person approved and that was sent, with the mail it answers. */
export interface ApprovedReply {
  /** Unique and lasting: the id of its pair. */
  id: number;
  customer: { name: string; address: string };
  subject: string;
  mail: string;
  reply: string;
  /** Null when nobody said. */
  category: string | null;
  /** ISO 639-1; null when unknown. */
  language: string | null;
  citations: readonly { section: string; quote: string }[];
  /** Who wrote it: as drafted, changed by a person, or a person alone. */
  origin: Origin;
}

/** The id under which an approved reply is shown and recorded. */
export function pooledId(pairId: number): string {
  return `pair-${pairId}`;
}

/** An approved reply as an example: nothing in it belongs to its customer any more. */
function pooledExample(approved: ApprovedReply): IndexedExample {
  const { id, customer, subject, mail, reply, category, language, citations, origin } = approved;
  const hidden = (text: string) => withPlaceholders(text, customer);
  return {
    id: pooledId(id),
    customer: customer.address.toLowerCase(),
    subject: hidden(subject),
    mail: hidden(mail),
    reply: hidden(reply),
    category: category ?? 'other',
    language: language ?? '',
    citations: citations.map((citation) => ({ ...citation })),
    about: [],
    unless: [],
    tags: [],
    pinned: false,
    evaluation: false,
    origin,
  };
}

interface Attached {
  index: WeakRef<ExampleIndex>;
  accepts: (example: IndexedExample) => boolean;
  learning: boolean;
}

export class ExamplePool {
  /** Most replies that are kept. */
  readonly limit: number;
  /** By id, oldest first. */
  readonly #examples = new Map<string, IndexedExample>();
  /** Ids by reply: the same words twice teach nothing new. */
  readonly #byReply = new Map<string, string>();
  #attached: Attached[] = [];

  constructor(limit = poolLimit) {
    this.limit = limit;
  }

  get size(): number {
    return this.#examples.size;
  }

  has(id: string): boolean {
    return this.#examples.has(id);
  }

  /** Takes a reply that is newer than all others, and returns it as it is kept. */
  add(approved: ApprovedReply): IndexedExample {
    const example = pooledExample(approved);
    this.remove(approved.id);
    const twin = this.#byReply.get(example.reply);
    if (twin !== undefined) this.#drop(twin);
    this.#examples.set(example.id, example);
    this.#byReply.set(example.reply, example.id);
    for (const { index, accepts } of this.#live()) if (accepts(example)) index.add(example);
    const [oldest] = this.#examples.keys();
    if (this.#examples.size > this.limit && oldest !== undefined) this.#drop(oldest);
    return example;
  }

  /** Lets a reply go that was withdrawn. */
  remove(pairId: number): void {
    this.#drop(pooledId(pairId));
  }

  #drop(id: string): void {
    const example = this.#examples.get(id);
    if (!example) return;
    this.#examples.delete(id);
    if (this.#byReply.get(example.reply) === id) this.#byReply.delete(example.reply);
    for (const { index } of this.#live()) index.remove(id);
  }

  /** The indexes that somebody still uses. */
  #live() {
    this.#attached = this.#attached.filter(({ index }) => index.deref() !== undefined);
    return this.#attached.flatMap((attached) => {
      const index = attached.index.deref();
      return index ? [{ attached, index, accepts: attached.accepts }] : [];
    });
  }

  /**
   * Gives an index all that is kept and whatever comes later, for as long as somebody uses it.
   *
   * @param accepts false for what this index must not show, such as what cites a changed policy.
   */
  async attach(index: ExampleIndex, accepts: Attached['accepts']): Promise<void> {
    const rest = new Breather();
    this.#attached.push({ index: new WeakRef(index), accepts, learning: false });
    for (const example of [...this.#examples.values()]) {
      // What came or went in the meantime has been told to the index already.
      const isKept = this.#examples.get(example.id) === example;
      if (isKept && !index.has(example.id) && accepts(example)) index.add(example);
      await rest.breathe();
    }
    await this.learn();
  }

  /** Learns anew what words mean, in every index that changed much since it did so last. */
  async learn(): Promise<void> {
    for (const { attached, index } of this.#live()) {
      const enough = Math.max(fewestChanges, index.size * relearnedAfter);
      if (attached.learning || index.changes < enough) continue;
      attached.learning = true;
      await index.learn().finally(() => {
        attached.learning = false;
      });
    }
  }
}
