/** Tells where a reply only says again what the customer said, before it answers. */

import type { Span } from './check.ts';

/** How a reply says again what the customer said, before it answers. */
const restating =
  /(?<!\p{L})(?:(?:i|we)(?: am| are|['’]m|['’]re)? (?:understand|see|hear|sorry|note|noticed|apologi[sz]e)|you (?:wrote|write|mention|say|said|ask|asked|paid|purchased|bought)|thank you for|sie (?:schreiben|fragen|haben bezahlt)|wir verstehen|ich verstehe|tut (?:mir|uns) leid|je comprends|nous comprenons|vous (?:écrivez|demandez|avez payé)|entiendo|entendemos|lamento|usted (?:pagó|escribe|pide)|capisco|comprendiamo|mi dispiace|lei (?:scrive|chiede|ha pagato)|rozumiem\p{L}*|pisze pan\p{L}*)(?!\p{L})/iu;
/** What makes a promise of it after all. */
const committing =
  /(?<!\p{L})(?:will|shall|['’]ll|refunded|approved|granted|credited|issued|guarantee\p{L}*|promise\p{L}*|wird|werden|werde|erstatten|erhalten|sera|recevrez|recibirá|será|riceverà|sarà|otrzyma|zwrócimy)(?!\p{L})/iu;

/** How far around a claim its sentence is looked for, in UTF-16 units. */
const reach = 600;

/** True where the reply only says again what the customer wrote: "I understand that you paid $160". */
export function isRestated({ start, end }: Span, reply: string): boolean {
  const before =
    reply
      .slice(Math.max(0, start - reach), start)
      .split(/[.!?](?=\s)|\n/u)
      .at(-1) ?? '';
  const after = reply.slice(end, end + reach).split(/[.!?](?=\s|$)|\n/u)[0] ?? '';
  return restating.test(before) && !committing.test(before + after);
}
