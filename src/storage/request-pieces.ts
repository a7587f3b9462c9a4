/**
 * The request of a model call in pieces: the static texts, which all mails share, stand by their
 * hash, and everything else stands as it was sent. Put together, the pieces give the same bytes.
 */

import { sha256 } from './hash.ts';

/** Bytes of the request as they are, or a text of `content` that stands there as a JSON string. */
export type Piece = string | { sha256: string };

export interface TakenApart {
  pieces: Piece[];
  /** The texts that the pieces name. */
  contents: string[];
}

/** Shorter texts stand where they are: a reference would save nothing. */
const leastShared = 500;

/** The texts of the request's system part; none where it is not a request that we know. */
function systemTexts(request: string): string[] {
  let system: unknown;
  try {
    system = (JSON.parse(request) as { system?: unknown } | null)?.system;
  } catch {
    return [];
  }
  if (typeof system === 'string') return [system];
  if (!Array.isArray(system)) return [];
  return system.map((block) => (block as { text?: unknown } | null)?.text).filter(isText);
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** A column holds neither halves of characters nor the character zero. */
const isKeepable = (text: string) => text.isWellFormed() && !text.includes('\0');

/**
 * Takes a request apart.
 *
 * @param request the body, as it was sent.
 */
export function takeApart(request: string): TakenApart {
  const contents: string[] = [];
  const pieces: Piece[] = [];
  let rest = request;
  for (const text of systemTexts(request)) {
    const written = JSON.stringify(text);
    const at = rest.indexOf(written);
    // Another way to write JSON gives other bytes: then the text stays where it is.
    if (text.length < leastShared || at < 0 || !isKeepable(text)) continue;
    pieces.push(rest.slice(0, at), { sha256: sha256(text) });
    contents.push(text);
    rest = rest.slice(at + written.length);
  }
  return { pieces: [...pieces, rest], contents };
}

/**
 * Puts a request together.
 *
 * @returns null when a text that it names is not there.
 */
export function putTogether(
  pieces: readonly Piece[],
  contents: ReadonlyMap<string, string>,
): string | null {
  let request = '';
  for (const piece of pieces) {
    const text = isText(piece) ? piece : contents.get(piece.sha256);
    if (text === undefined) return null;
    request += isText(piece) ? text : JSON.stringify(text);
  }
  return request;
}
