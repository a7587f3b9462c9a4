/**
 * Scores languages by the pieces of words that a text is made of, with the small table of `eld`.
 *
 * The package's own reader makes an object of each of the table's 81,000 pieces, and takes 130 MB.
 * Here the table is three arrays of numbers, of 2 MB. A test holds that both find the same.
 */

import { readFile } from 'node:fs/promises';

/** The package exports no table without its reader, but lays the two beside each other. */
const reader = import.meta.resolve('eld/small');

/** By byte: the character that stands for it in the table. */
const { dictionary } = (await import(new URL('../dictionary.js', reader).href)) as {
  dictionary: readonly string[];
};
const codes = Uint8Array.from(dictionary, (character) => character.charCodeAt(0));

/** A prime, so that the remainders of what is looked up spread over the places of a table. */
const slots = 150_001;

/** What the table knows: a hash of pieces, each a number of at most 48 bits, with open addressing. */
interface Table {
  /** ISO 639-1 codes. */
  languages: readonly string[];
  /** By slot: the piece that has it; 0 for none. */
  pieces: Float64Array;
  /** By slot: where in `scores` those of its piece begin. */
  places: Uint32Array;
  /** 1 + the number of a language in the lower byte and its score in the upper one; 0 ends a piece. */
  scores: Uint16Array;
}

/** The piece with one more character at its end. */
const longer = (piece: number, code: number): number => piece * 256 + code;

/** The slot of a piece: its own, or the free one where it belongs. */
function slotOf({ pieces }: Table, piece: number): number {
  let slot = piece % slots;
  while (pieces[slot] !== piece && pieces[slot] !== 0) slot = (slot + 1) % slots;
  return slot;
}

/** Reads the name of an entry, with or without quotes. */
function pieceNamed(name: string): number {
  const bare = /^['"]/.test(name) ? name.slice(1, -1).replaceAll('\\', '') : name;
  let piece = 0;
  for (let at = 0; at < bare.length; at += 1) piece = longer(piece, bare.charCodeAt(at));
  return piece;
}

const [comma, colon, brace, zero] = [0x2c, 0x3a, 0x7d, 0x30];

/** Writes the scores that stand behind `at` into the table. @returns where they end in the text */
function readScores(text: string, at: number, { scores }: Table, place: number): [number, number] {
  let [language, number] = [0, 0];
  for (let end = at, used = place; ; end += 1) {
    const sign = text.charCodeAt(end);
    if (sign === colon) [language, number] = [number + 1, 0];
    else if (sign !== comma && sign !== brace) number = number * 10 + sign - zero;
    else {
      scores[used] = (number << 8) | language;
      used += 1;
      number = 0;
      if (sign === brace) return [end, used];
    }
  }
}

/** Reads `languages:{0:'am',…}` and `ngrams:{'abcd':{11:64,12:70},…}`, the scores by language. */
async function readTable(file: URL): Promise<Table> {
  const text = await readFile(file, 'utf8');
  const from = text.indexOf('ngrams:{') + 'ngrams:{'.length;
  const table: Table = {
    languages: [...text.slice(0, from).matchAll(/\d:'([a-z]{2})'/g)].map(([, code = '']) => code),
    pieces: new Float64Array(slots),
    places: new Uint32Array(slots),
    scores: new Uint16Array(text.length >> 2),
  };
  // 0 is the end of every piece that is not there.
  let place = 1;
  for (let at = from, named = text.indexOf(':{', at); named > 0; named = text.indexOf(':{', at)) {
    const piece = pieceNamed(text.slice(at, named));
    const slot = slotOf(table, piece);
    table.pieces[slot] = piece;
    table.places[slot] = place;
    const [end, used] = readScores(text, named + 2, table, place);
    place = used + 1;
    // Behind the brace and the comma.
    at = end + 2;
  }
  return { ...table, scores: table.scores.slice(0, place) };
}

const table = await readTable(new URL('../ngrams/small.js', reader));

/** What is left out of each score in the table. */
const leastScore = 53;

/** A piece has so many bytes; the next begins so many later, at the last byte of the one before. */
const [pieceBytes, stepBytes] = [4, 3];

/** More tells nothing new: characters of a text, bytes of its words, bytes of one word. */
const most = { characters: 1000, bytes: 350, bytesOfWord: 70 } as const;

/** Letters of the basic plane make words, and apostrophes where words follow them. */
const betweenWords = /[\P{L}\u{10000}-\u{10ffff}]+(?<!['`\u2019])/gu;

/** The words of a text, each as the codes of its bytes (UTF-8). */
function wordsOf(text: string): Uint8Array[] {
  const spaced = text.slice(0, most.characters).replace(betweenWords, ' ').trim().toLowerCase();
  const words: Uint8Array[] = [];
  let bytes = 0;
  for (const word of spaced.split(' ')) {
    if (bytes > most.bytes) break;
    const encoded = Buffer.from(word);
    bytes += encoded.length + 1;
    if (word !== '') words.push(encoded.map((byte) => codes[byte] ?? 0));
  }
  return words;
}

/** The different pieces of the words; a space marks the begin and the end of a word. */
function piecesOf(words: readonly Uint8Array[]): Set<number> {
  const pieces = new Set<number>();
  const space = longer(0, 32);
  for (const word of words) {
    const length = Math.min(word.length, most.bytesOfWord);
    const begun = (at: number): number => (at === 0 ? space : 0);
    let at = 0;
    for (; at + pieceBytes < length; at += stepBytes)
      pieces.add(word.subarray(at, at + pieceBytes).reduce(longer, begun(at)));
    // Where a long word is cut it does not end: with a byte or two more, this is no known piece.
    const last = word.subarray(Math.max(0, length - pieceBytes), length + 2);
    pieces.add(longer(last.reduce(longer, begun(at)), 32));
  }
  return pieces;
}

/** A language and how much a text looks like it. */
export interface LanguageScore {
  /** ISO 639-1 code. */
  language: string;
  /** The mean over the pieces of the text; about 80 for a usual text in this language. */
  score: number;
}

/** The languages that a text may be in, likeliest first; none when no piece of it is known. */
export function languageScores(text: string): LanguageScore[] {
  const pieces = piecesOf(wordsOf(text));
  const sums = table.languages.map(() => 0);
  for (const piece of pieces) {
    let place = table.places[slotOf(table, piece)] ?? 0;
    for (let found = table.scores[place]; found; found = table.scores[place]) {
      const language = (found & 255) - 1;
      sums[language] = (sums[language] ?? 0) + (found >> 8) + leastScore;
      place += 1;
    }
  }
  return sums
    .map((sum, at) => ({ language: table.languages[at] ?? '', score: sum / pieces.size }))
    .filter(({ score }) => score > 0)
    .sort((left, right) => right.score - left.score);
}
