/** What a draft is made from, written down so that it can be made later, elsewhere, of the same. */

import type { DraftInput } from './responder.ts';

/** As JSON. */
export function writeInput(input: DraftInput): string {
  return JSON.stringify(input);
}

/** Reads what `writeInput` wrote, its moments as moments again. */
export function readInput(written: string): DraftInput {
  const input = JSON.parse(written) as DraftInput;
  const turns = input.turns.map((turn) => ({ ...turn, date: new Date(turn.date) }));
  return { ...input, turns, now: new Date(input.now) };
}
