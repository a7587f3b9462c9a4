/** Identifies the language of a text. */

import { languageScores } from './language-scores.ts';

export interface DetectedLanguage {
  /** ISO 639-1 code; empty when nothing could be told, for instance for digits only. */
  language: string;
  /** False when the text is too short or too mixed to rely on the answer. */
  reliable: boolean;
}

/** Fewer letters than this are a greeting or a name, which say little about the language. */
const fewestLetters = 40;
/** The language shows in the first sentences; more only costs time. */
const longest = 2000;
/** Text in none of the known languages, or no text at all, scores less. */
const leastScore = 40;
/** Sisters such as Danish and Norwegian may come as close as this, and then it is a guess. */
const leastLead = 1.04;

/** The language of `text`, without links and addresses, which are English more often than not. */
export function detectLanguage(text: string): DetectedLanguage {
  const words = text
    .slice(0, longest)
    .replace(/\S*(?:@|:\/\/|www\.)\S*/g, ' ')
    .trim();
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  const [first, second] = languageScores(words);
  if (first === undefined) return { language: '', reliable: false };
  const isClear = first.score >= leastScore && first.score >= leastLead * (second?.score ?? 0);
  return { language: first.language, reliable: letters >= fewestLetters && isClear };
}
