/** Holds where many texts stand, in one block of memory, and compares all of them with one place. */

export class Places {
  readonly #dimensions: number;
  #cells: Float32Array;
  #count = 0;

  /** @param room for how many places memory is taken at first. */
  constructor(dimensions = 0, room = 0) {
    this.#dimensions = dimensions;
    this.#cells = new Float32Array(dimensions * room);
  }

  /** Notes that the text `number` stands at `place`. */
  set(number: number, place: Float32Array): void {
    this.#count = Math.max(this.#count, number + 1);
    const end = this.#count * this.#dimensions;
    if (end > this.#cells.length) {
      const larger = new Float32Array(Math.ceil(end * 1.25));
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#cells.set(place, number * this.#dimensions);
  }

  /** Where the text `number` stands. */
  of(number: number): Float32Array {
    return this.#cells.subarray(number * this.#dimensions, (number + 1) * this.#dimensions);
  }

  /** The cosine of each text with `place`, all of which have length 1 or 0. */
  alikeness(place: Float32Array): Float32Array {
    const alike = new Float32Array(this.#count);
    for (let number = 0; number < this.#count; number += 1) {
      let sum = 0;
      const from = number * this.#dimensions;
      for (let k = 0; k < this.#dimensions; k += 1)
        sum += (place[k] ?? 0) * (this.#cells[from + k] ?? 0);
      alike[number] = sum;
    }
    return alike;
  }
}
