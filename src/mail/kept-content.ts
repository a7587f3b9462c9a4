/** The beginning of a content that streams by, as much of it as somebody asked for. */

export class KeptContent {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  /** @param limit bytes to keep, from the front. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  take(chunk: Buffer): void {
    if (this.#size >= this.#limit) return;
    const wanted = chunk.subarray(0, this.#limit - this.#size);
    // A small part would keep the whole piece in memory that it was cut from.
    this.#chunks.push(wanted.length < chunk.length ? Buffer.from(wanted) : wanted);
    this.#size += wanted.length;
  }

  get content(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
