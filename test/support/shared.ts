/** A part that all tests of a file share: opened before the first, closed after the last. */

import { afterAll, beforeAll } from 'vitest';

/**
 * @param open gives null where this machine has no such part; tests that need it are skipped then.
 * @returns what gives the open part.
 */
export function shared<Part extends { close(): Promise<void> }>(
  open: () => Promise<Part | null>,
): () => Part {
  let part: Part | null = null;
  beforeAll(async () => {
    part = await open();
  });
  afterAll(async () => {
    await part?.close();
  });
  return () => {
    if (part === null) throw new Error('This machine has no such part.');
    return part;
  };
}
