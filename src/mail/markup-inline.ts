/** The inline half of our small markup: bold, emphasis and links in one line, and nothing by accident. */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'strong' | 'emphasis'; of: Inline[] }
  /** `label` is null where the address itself is what is shown. */
  | { kind: 'link'; href: string; label: string | null };

/** Scripts that put no space between words, so that a mark may touch a letter. */
const unspaced =
  '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}]';
const wordChar = `(?:(?!${unspaced})[\\p{L}\\p{N}_])`;

/**
 * Marks count only around whole words: what a customer may read as a number, a price or a file name
 * (`5*3`, `a*b*c`, `**** 1234`) must arrive as it was written. The lengths bound the search.
 */
const strong = new RegExp(
  `(?<!\\*|${wordChar})\\*\\*(?=[^\\s*])((?:[^*]|\\*(?!\\*)){1,500}?)(?<=[^\\s*])\\*\\*(?!\\*|${wordChar})`,
  'uy',
);
const emphasis = new RegExp(
  `(?<!\\*|${wordChar})\\*(?=[\\p{L}\\p{N}"'“„«¿¡(])([^*]{1,500}?)(?<=\\S)\\*(?!\\*|${wordChar})`,
  'uy',
);

/** A word of letters alone: `*12*` and `*AB-12*` are numbers, and stay as they stand. */
const plainWord = /(?<![\p{N}\p{L}\p{M}_]|[\p{N}_]-)[\p{L}\p{M}]{2,}(?!-?[\p{N}_]|[\p{L}\p{M}])/u;

/** Not after `!`, which would be a picture; an address may hold one level of parentheses. */
const labelled =
  /(?<![!\\\]])\[([^[\]]{1,300})\]\(((?:https?:\/\/|mailto:)[^\s<>"()]{1,2000}(?:\([^\s<>"()]{0,200}\)[^\s<>"()]{0,1000}){0,3})\)/iuy;

/** Printable ASCII only: in many scripts the sentence goes on behind an address without a space. */
const bare = new RegExp(`(?<!${wordChar})https?://[!#-;=?-_a-z~]{1,2000}`, 'iuy');
const letterThatBelongs = new RegExp(`^(?!${unspaced})[\\p{L}\\p{M}\\p{N}]`, 'u');

/**
 * The one address that a `mailto:` writes to, without the fields that it would fill in: behind a label
 * nobody sees a `bcc` (RFC 6068, section 7). Null where it is none, or more than one.
 */
function safeMailto({ pathname }: URL): string | null {
  const list = /[,;\s]|%(?:2c|3b|40|0[ad]|20)/i;
  return /^[^@]+@[^@]+$/.test(pathname) && !list.test(pathname) ? `mailto:${pathname}` : null;
}

/**
 * The address to link to, or null where it is none that a customer should follow: other schemes, and
 * addresses that show one host and lead to another (`https://shop.example@evil.example`).
 */
function safeHref(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') return null;
  if (url.protocol === 'mailto:') return safeMailto(url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  // As it was written, so that what was approved is what is followed; other letters than ASCII encoded.
  return /^[!-~]+$/.test(address) ? address : url.href;
}

/** Cuts off what belongs to the sentence: closing punctuation, and parentheses opened before. */
function withoutSentenceEnd(address: string): string {
  let end = address.length;
  let open = address.split('(').length - address.split(')').length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1] ?? '';
    if (last === ')' && open < 0) open += 1;
    else if (!/[.,;:!?'*\]_~]/.test(last)) break;
  }
  return address.slice(0, end);
}

interface Found {
  inline: Inline;
  end: number;
}

function matchAt(pattern: RegExp, line: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(line);
}

/** What reads as the name of a host; file names have another ending. */
const hostName =
  /(?:[\p{L}\p{N}-]{1,63}\.){1,8}(?!(?:pdf|jpe?g|png|docx?|xlsx?|html?|zip|txt|csv)$)\p{L}{2,24}/giu;

/** `label` with the letters and full stops that programs take for those of a host (UTS #46, section 4). */
function asHostsAreRead(label: string): string {
  const visible = label.replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  return visible.normalize('NFKC').replaceAll('\u3002', '.');
}

/** A host as it is looked up, so that one name is the same in both its spellings. */
function hostAsAsked(name: string): string {
  const address = `https://${name}`;
  const host = URL.canParse(address) ? new URL(address).hostname : name.toLowerCase();
  return host.replace(/^www\./, '');
}

/** Whether every host that `label` shows is the one that `href` leads to: else it deceives its reader. */
function isHonest(label: string, href: string): boolean {
  const { protocol, hostname, pathname } = new URL(href);
  const host = protocol === 'mailto:' ? pathname.slice(pathname.lastIndexOf('@') + 1) : hostname;
  return asHostsAreRead(label)
    .split(/[\s/]+/)
    .flatMap((word) => word.match(hostName) ?? [])
    .every((shown) => hostAsAsked(shown) === hostAsAsked(host));
}

function linkAt(line: string, at: number): Found | null {
  const [whole = '', label = '', address = ''] = matchAt(labelled, line, at) ?? [];
  const href = whole === '' ? null : safeHref(address);
  if (href === null || !isHonest(label, href)) return null;
  const shown = label === address ? null : label;
  return { inline: { kind: 'link', href, label: shown }, end: at + whole.length };
}

function addressAt(line: string, at: number): Found | null {
  const [whole = ''] = matchAt(bare, line, at) ?? [];
  const address = withoutSentenceEnd(whole);
  const end = at + address.length;
  // The rest of a name in other letters: half a link would lead elsewhere.
  if (address === whole && letterThatBelongs.test(line.slice(end, end + 2))) return null;
  const href = address === '' ? null : safeHref(address);
  return href === null ? null : { inline: { kind: 'link', href, label: null }, end };
}

function markedAt(line: string, at: number, within: Inline['kind'] | null): Found | null {
  const bold = within === null ? matchAt(strong, line, at) : null;
  if (bold !== null && /[\p{L}\p{N}]/u.test(bold[1] ?? '')) {
    const of = inlinesOf(bold[1] ?? '', 'strong');
    return { inline: { kind: 'strong', of }, end: at + bold[0].length };
  }
  const leaning = within === 'emphasis' ? null : matchAt(emphasis, line, at);
  if (leaning === null || !plainWord.test(leaning[1] ?? '')) return null;
  const of = inlinesOf(leaning[1] ?? '', 'emphasis');
  return { inline: { kind: 'emphasis', of }, end: at + leaning[0].length };
}

function foundAt(line: string, at: number, within: Inline['kind'] | null): Found | null {
  switch (line[at]) {
    case '*':
      return markedAt(line, at, within);
    case '[':
      return linkAt(line, at);
    case 'h':
    case 'H':
      return addressAt(line, at);
    default:
      return null;
  }
}

/**
 * Reads one line. Whatever is no markup, or not surely, is text as it stands.
 *
 * @param within the mark that `line` stands in; null at the top.
 */
export function inlinesOf(line: string, within: Inline['kind'] | null = null): Inline[] {
  const inlines: Inline[] = [];
  let textFrom = 0;
  const pushText = (end: number) => {
    if (end > textFrom) inlines.push({ kind: 'text', text: line.slice(textFrom, end) });
  };
  for (let at = 0; at < line.length; at += 1) {
    const found = foundAt(line, at, within);
    if (found === null) continue;
    pushText(at);
    inlines.push(found.inline);
    textFrom = found.end;
    at = found.end - 1;
  }
  pushText(line.length);
  return inlines;
}
