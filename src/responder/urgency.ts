/** Tells by a small table of words whether a mail is urgent. */

import type { Urgency } from '../domain/responder.ts';
import { foldAccents } from './terms.ts';

/** Deadlines and anger; English, German, French, Spanish, Italian, Polish. Accents folded. */
const urgentWords = new RegExp(
  `(?<!\\p{L})(?:${[
    'urgent',
    'asap',
    'immediately',
    'right now',
    'last (?:chance|warning)',
    'by (?:tomorrow|tonight)',
    'unacceptable',
    'outrageous',
    'furious',
    'third time',
    'dringend',
    'sofort(?!ig)',
    'unverzuglich',
    'bis morgen',
    'unverschamt',
    'frechheit',
    'zum dritten mal',
    'urgence',
    'immediatement',
    'des demain',
    'inadmissible',
    'inacceptable',
    'scandaleux',
    'urgente',
    'inmediatamente',
    'inaceptable',
    'vergonzoso',
    'indignante',
    'subito',
    'entro domani',
    'immediatamente',
    'inaccettabile',
    'vergogn',
    'pilne',
    'pilnie',
    'natychmiast',
    'do jutra',
    'skandal',
    'niedopuszczalne',
  ].join('|')})`,
  'u',
);

/** Longest text that is looked at, in UTF-16 units. */
const longest = 20_000;

/** Words in capitals, four letters or more, that make a mail a shout. */
const shoutedWords = 3;

/** `urgent` for a deadline within about a day, great anger or shouting. */
export function urgencyOf(text: string): Urgency {
  const shown = text.slice(0, longest);
  const shouted = shown.match(/(?<!\p{L})\p{Lu}{4,}(?!\p{L})/gu)?.length ?? 0;
  const isUrgent =
    urgentWords.test(foldAccents(shown)) || /!{3,}/.test(shown) || shouted >= shoutedWords;
  return isUrgent ? 'urgent' : 'normal';
}
