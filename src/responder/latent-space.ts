/**
 * Learns from texts which terms mean alike, and places texts by meaning: latent semantic analysis
 * (Deerwester et al., 1990), by subspace iteration from a fixed start (Halko, Martinsson and Tropp,
 * 2011). The same texts always give the same space; there is no model and nothing to download.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';

/** One text: the columns of its terms and their weights. */
export interface SparseRow {
  columns: Uint32Array;
  values: Float32Array;
}

/** Directions of meaning, found by `learnSpace`. */
export interface LatentSpace {
  dimensions: number;
  /** Where a text stands, as a vector of length 1; all zeros when it shares no term. */
  place(row: SparseRow): Float32Array;
}

const iterations = 5;
/** Longest stretch of work between two turns of the event loop, in milliseconds. */
const longestStretch = 10;

/** Gives way to whatever else waits, but not more often than needed. */
export class Breather {
  #since = performance.now();

  async breathe(): Promise<void> {
    if (performance.now() - this.#since < longestStretch) return;
    await nextTurn();
    this.#since = performance.now();
  }
}

/** A matrix of `size / dimensions` rows, one after the other. */
interface Basis {
  cells: Float32Array;
  dimensions: number;
}

/** Numbers between -1 and 1 that are the same each time (xorshift32, Marsaglia 2003). */
function fixedNoise(size: number): Float32Array {
  const noise = new Float32Array(size);
  let state = 0x9e3779b9;
  for (let at = 0; at < size; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    noise[at] = state / 2 ** 31;
  }
  return noise;
}

function project({ columns, values }: SparseRow, { cells, dimensions }: Basis): Float32Array {
  const into = new Float32Array(dimensions);
  for (let at = 0; at < columns.length; at += 1) {
    const value = values[at] ?? 0;
    const from = (columns[at] ?? 0) * dimensions;
    for (let k = 0; k < dimensions; k += 1)
      into[k] = (into[k] ?? 0) + value * (cells[from + k] ?? 0);
  }
  return into;
}

/** The rows, as a matrix, transposed and times itself and `basis`. */
async function spread(rows: readonly SparseRow[], basis: Basis, rest: Breather): Promise<Basis> {
  const { dimensions } = basis;
  const cells = new Float32Array(basis.cells.length);
  for (const row of rows) {
    const place = project(row, basis);
    for (let at = 0; at < row.columns.length; at += 1) {
      const value = row.values[at] ?? 0;
      const from = (row.columns[at] ?? 0) * dimensions;
      for (let k = 0; k < dimensions; k += 1)
        cells[from + k] = (cells[from + k] ?? 0) + value * (place[k] ?? 0);
    }
    await rest.breathe();
  }
  return { cells, dimensions };
}

/** What every two columns of `basis` share, as a symmetric matrix of rows. */
async function sharedOf({ cells, dimensions }: Basis, rest: Breather): Promise<Float64Array[]> {
  const shared = Array.from({ length: dimensions }, () => new Float64Array(dimensions));
  for (let from = 0; from < cells.length; from += dimensions) {
    for (const [j, row] of shared.entries()) {
      const cell = cells[from + j] ?? 0;
      for (let k = 0; k < dimensions; k += 1)
        row[k] = (row[k] ?? 0) + cell * (cells[from + k] ?? 0);
    }
    await rest.breathe();
  }
  return shared;
}

/**
 * The lower triangle L with L times its transpose equal to `matrix` (Cholesky); a direction that
 * depends on earlier ones has 0 on the diagonal.
 */
function triangleOf(matrix: readonly Float64Array[]): Float64Array[] {
  const lower = matrix.map(({ length }) => new Float64Array(length));
  matrix.forEach((given, j) => {
    const row = lower[j] ?? new Float64Array();
    for (let k = 0; k <= j; k += 1) {
      let sum = given[k] ?? 0;
      for (let i = 0; i < k; i += 1) sum -= (row[i] ?? 0) * (lower[k]?.[i] ?? 0);
      const pivot = lower[k]?.[k] ?? 0;
      if (k < j) row[k] = pivot > 0 ? sum / pivot : 0;
      else row[k] = sum > 1e-9 * (given[j] ?? 0) ? Math.sqrt(sum) : 0;
    }
  });
  return lower;
}

/** Makes the columns of `basis` orthonormal in place; those that depend on others become zero. */
async function orthonormalize(basis: Basis, rest: Breather): Promise<void> {
  const { cells, dimensions } = basis;
  const lower = triangleOf(await sharedOf(basis, rest));
  for (let from = 0; from < cells.length; from += dimensions) {
    for (let j = 0; j < dimensions; j += 1) {
      const row = lower[j];
      const pivot = row?.[j] ?? 0;
      let cell = cells[from + j] ?? 0;
      for (let k = 0; k < j; k += 1) cell -= (row?.[k] ?? 0) * (cells[from + k] ?? 0);
      cells[from + j] = pivot > 0 ? cell / pivot : 0;
    }
    await rest.breathe();
  }
}

/** `vector` scaled to length 1; as it is when it has none. */
export function normalize(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}

/**
 * Finds the directions in which `rows` differ most, without blocking the event loop.
 *
 * @param width number of columns.
 * @param dimensions at most this many are found.
 */
export async function learnSpace(
  rows: readonly SparseRow[],
  width: number,
  dimensions: number,
): Promise<LatentSpace> {
  const rest = new Breather();
  let basis: Basis = { cells: fixedNoise(width * dimensions), dimensions };
  for (let round = 0; round < iterations; round += 1) {
    await orthonormalize(basis, rest);
    basis = await spread(rows, basis, rest);
  }
  await orthonormalize(basis, rest);
  return { dimensions, place: (row) => normalize(project(row, basis)) };
}
