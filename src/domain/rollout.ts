/** Rollout: which responder drafts for which conversation, in shares of a hundred. */

/** The part of the conversations that one responder gets. */
export interface Share {
  responder: string;
  /** A whole number, 0 to 100. */
  percent: number;
}

/** Conversations are spread over so many places; a responder that holds n of them gets n percent. */
export const placeCount = 100;

/** What is drawn: who drafts, and whether another responder drafts silently beside. */
export type Draw = 'split' | 'shadow';

/** Two draws must not depend on each other, or a shadow would see the conversations of one share. */
const seeds: Readonly<Record<Draw, number>> = { split: 0x9e3779b9, shadow: 0x85ebca6b };

/** The finalizer of MurmurHash3 (Appleby, public domain): every bit of the number moves every other. */
function mixed(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The place of a conversation, 0 to 99: always the same, and as if by chance. */
export function placeOf(conversationId: number, draw: Draw): number {
  return mixed(mixed(conversationId ^ seeds[draw])) % placeCount;
}

/** Who holds the place of a conversation; null when nobody does. */
export function holderOf(
  places: readonly string[],
  conversationId: number,
  draw: Draw,
): string | null {
  return places[placeOf(conversationId, draw)] ?? null;
}

/** The shares that places give, the largest first. */
export function sharesOf(places: readonly string[]): Share[] {
  const byHolder = Map.groupBy(places, (responder) => responder);
  return [...byHolder]
    .map(([responder, held]) => ({ responder, percent: held.length }))
    .sort((a, b) => b.percent - a.percent || (a.responder < b.responder ? -1 : 1));
}

/**
 * The places after a change of the shares: only places of those whose share shrinks are given away,
 * and only to those whose share grows. So no other conversation changes its responder.
 *
 * @param before who held each place; none for what nobody held.
 * @param shares of a hundred percent together.
 */
export function reallot(before: readonly string[], shares: readonly Share[]): string[] {
  const left = new Map(shares.map(({ responder, percent }) => [responder, percent]));
  const take = (responder: string | undefined): string | null => {
    const open = responder === undefined ? 0 : (left.get(responder) ?? 0);
    if (responder === undefined || open === 0) return null;
    left.set(responder, open - 1);
    return responder;
  };
  const kept = Array.from({ length: placeCount }, (_, place) => take(before[place]));
  const growing = [...left].flatMap(([responder, open]) => Array<string>(open).fill(responder));
  return kept.map((holder) => holder ?? growing.shift() ?? '');
}
