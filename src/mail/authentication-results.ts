/** Authentication-Results: what a mail server found out about a mail's sender (RFC 8601). */

/** One method's verdict, such as `dkim=pass header.d=customer.example`. */
export interface MethodResult {
  method: string;
  result: string;
  /** By `ptype.property` in lower case; the first of a name counts. */
  properties: ReadonlyMap<string, string>;
}

export interface AuthenticationResults {
  /** In lower case. */
  authservId: string;
  methods: MethodResult[];
}

/** Longer than any field that a mail server writes. */
const maxLength = 16_384;
/** More methods than one server tries. */
const maxMethods = 50;

interface Token {
  kind: 'word' | 'quoted' | 'sign';
  text: string;
}

/** Where a comment that opens at `start` ends; comments nest (RFC 5322, section 3.2.2). */
function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '(') depth += 1;
    else if (text[at] === ')') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** A quoted string that opens at `start`, without its quotes (RFC 5322, section 3.2.4). */
function quotedString(text: string, start: number): { text: string; end: number } {
  let out = '';
  let at = start + 1;
  for (; at < text.length && text[at] !== '"'; at += 1) {
    if (text[at] === '\\') at += 1;
    out += text[at] ?? '';
  }
  return { text: out, end: at + 1 };
}

const space = /\s/;
const always = new Set(['(', '"', ';']);
const beforeValue = new Set([...always, '=', '/']);

function isSpecial(letter: string, ends: ReadonlySet<string>): boolean {
  return space.test(letter) || ends.has(letter);
}

/**
 * Words, quoted strings and the signs `;`, `=` and `/`; comments and white space are gone. Behind
 * an `=` a word may hold the other two signs: values are addresses and base64.
 */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const letter = text[at] ?? '';
    const ends = isSign(tokens.at(-1), '=') ? always : beforeValue;
    if (space.test(letter)) at += 1;
    else if (letter === '(') at = commentEnd(text, at);
    else if (letter === '"') {
      const quoted = quotedString(text, at);
      tokens.push({ kind: 'quoted', text: quoted.text });
      at = quoted.end;
    } else if (ends.has(letter)) {
      tokens.push({ kind: 'sign', text: letter });
      at += 1;
    } else {
      const start = at;
      while (at < text.length && !isSpecial(text[at] ?? '', ends)) at += 1;
      tokens.push({ kind: 'word', text: text.slice(start, at) });
    }
  }
  return tokens;
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token?.kind === 'sign' && token.text === sign;
}

/** The parts between semicolons. */
function partsOf(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (isSign(token, ';')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** A value and where it ends; the local part of an address may be quoted. */
function valueAt(part: readonly Token[], start: number): { value: string; next: number } {
  const [first, second] = [part[start], part[start + 1]];
  if (first?.kind === 'quoted' && second?.kind === 'word' && second.text.startsWith('@'))
    return { value: first.text + second.text, next: start + 2 };
  return { value: first?.text ?? '', next: start + 1 };
}

/** `method[/version] = result [reason = value] *(ptype.property = value)` */
function methodOf(part: readonly Token[]): MethodResult | null {
  const [name] = part;
  const equals = isSign(part[1], '/') ? 3 : 1;
  const result = part[equals + 1];
  if (name?.kind !== 'word' || !isSign(part[equals], '=') || result?.kind !== 'word') return null;
  const properties = new Map<string, string>();
  for (let at = equals + 2; at < part.length; ) {
    const key = part[at];
    if (key?.kind !== 'word' || !isSign(part[at + 1], '=')) {
      at += 1;
      continue;
    }
    const { value, next } = valueAt(part, at + 2);
    const property = key.text.toLowerCase();
    if (!properties.has(property)) properties.set(property, value);
    at = next;
  }
  return { method: name.text.toLowerCase(), result: result.text.toLowerCase(), properties };
}

/**
 * Parses the value of one field. Never throws; what is not in the form of the RFC is passed over.
 *
 * @returns null when there is no authserv-id (section 2.5): nobody stands by such results.
 */
export function parseAuthenticationResults(value: string): AuthenticationResults | null {
  if (value.length > maxLength) return null;
  const [head = [], ...rest] = partsOf(tokensOf(value));
  const [id, ...version] = head;
  // Behind the id at most its version may stand, or this is a method without an id before it.
  if (id === undefined || id.kind === 'sign' || version.some(({ kind }) => kind === 'sign'))
    return null;
  const methods = rest.slice(0, maxMethods).flatMap((part) => methodOf(part) ?? []);
  return { authservId: id.text.toLowerCase(), methods };
}
