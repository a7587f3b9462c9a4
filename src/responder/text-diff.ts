/** Compares two texts line by line, and word by word where a line was changed. */

import { diff } from 'node:util';

/** A run of words that stayed, went or came. */
export interface WordChange {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

/** One line of a comparison. Line numbers count from 1; null where the line is not in that text. */
export interface LineChange {
  kind: 'same' | 'removed' | 'added' | 'changed';
  /** Line in the first text. */
  from: number | null;
  /** Line in the second text. */
  to: number | null;
  /** The line; of a changed one, as the second text has it. */
  text: string;
  /** Of a changed line. */
  words?: WordChange[];
}

/** Two lines with less in common than this share of their words are told as removed and added. */
const leastInCommon = 0.4;

const kinds = { '-1': 'added', '0': 'same', '1': 'removed' } as const;

/** Node says -1 for what only the second of its arguments has, 1 for what only the first has. */
function changesOf(left: string[], right: string[]): WordChange[] {
  return diff(left, right).map(([operation, text]) => ({
    kind: kinds[`${operation}` as keyof typeof kinds],
    text,
  }));
}

function wordsOf(line: string): string[] {
  return line.match(/[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) ?? [];
}

/** Neighbours of one kind joined. */
function joined(changes: readonly WordChange[]): WordChange[] {
  const runs: WordChange[] = [];
  for (const { kind, text } of changes) {
    const last = runs.at(-1);
    if (last?.kind === kind) last.text += text;
    else runs.push({ kind, text });
  }
  return runs;
}

/** The words of a changed line; null when the lines have little in common. */
function wordChanges(left: string, right: string): WordChange[] | null {
  const changes = changesOf(wordsOf(left), wordsOf(right));
  const same = changes.filter(({ kind, text }) => kind === 'same' && text.trim() !== '');
  const length = (parts: readonly WordChange[]) =>
    parts.reduce((sum, { text }) => sum + text.length, 0);
  const isAlike = length(same) >= leastInCommon * Math.max(left.length, right.length);
  return isAlike && same.length > 0 ? joined(changes) : null;
}

type Numbered = LineChange & { kind: 'same' | 'removed' | 'added' };

/** Pairs the removed lines of a run with the added ones that follow them, in their order. */
function paired(removed: readonly Numbered[], added: readonly Numbered[]): LineChange[] {
  const changed: LineChange[] = [];
  const left = [...removed];
  for (const line of added) {
    const at = left.findIndex((old) => wordChanges(old.text, line.text) !== null);
    const old = left[at];
    if (old === undefined) {
      changed.push(line);
      continue;
    }
    changed.push(...left.splice(0, at));
    left.shift();
    const words = wordChanges(old.text, line.text) ?? [];
    changed.push({ kind: 'changed', from: old.from, to: line.to, text: line.text, words });
  }
  return [...changed, ...left];
}

/** Every line of both texts, in order, with what became of it. */
export function diffLines(left: string, right: string): LineChange[] {
  let [from, to] = [0, 0];
  const lines = changesOf(left.split('\n'), right.split('\n')).map(({ kind, text }): Numbered => {
    if (kind !== 'added') from += 1;
    if (kind !== 'removed') to += 1;
    return { kind, text, from: kind === 'added' ? null : from, to: kind === 'removed' ? null : to };
  });
  const result: LineChange[] = [];
  let run: Numbered[] = [];
  const close = () => {
    const of = (kind: string) => run.filter((line) => line.kind === kind);
    result.push(...paired(of('removed'), of('added')));
    run = [];
  };
  for (const line of lines) {
    if (line.kind !== 'same') run.push(line);
    else {
      close();
      result.push(line);
    }
  }
  close();
  return result;
}
