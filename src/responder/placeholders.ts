/** Replaces what belongs to one customer by placeholders, so that a mail and its reply can serve others. */

/** Who is known to take part in a conversation. */
export interface KnownCustomer {
  name: string;
  address: string;
}

/** What stands before the number of an order: English, German, French, Spanish, Italian, Polish. */
const orderWord =
  '(?:orders?|bestell(?:ung|nummer|nr)|auftrag(?:s(?:nummer|nr))?|commande|pedido|ordine|zamówieni[aeu])(?:[ .:(]{1,2}(?:numbers?|no|nr|id|nummer|numéro|número|numero|numer|n[°º]))?[ .:(]{0,2}';
const afterOrderWord = new RegExp(`(?<!\\p{L})${orderWord}$`, 'iu');
/** As much of a text as such words take. */
const longestOrderWord = 40;

const replacements: readonly [pattern: RegExp, placeholder: string][] = [
  [/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '[email]'],
  // A link with a number in it leads to one parcel, order or account.
  [/https?:\/\/[^\s<>"]*\d{5}[^\s<>"]*/g, '[link]'],
  [/(?<![\d-])\d{4}-\d{2}-\d{2}(?!\d)/g, '[date]'],
];

const numbers: readonly RegExp[] = [
  // Telephone and card numbers in groups.
  /(?<![\d.,])\+\d(?:[ ()/-]{0,2}\d){8,}/g,
  // Short ones that are marked as numbers.
  new RegExp(
    `#\\d{3,4}(?![\\p{L}\\d])|(?<=(?<!\\p{L})${orderWord})\\d{3,4}(?![\\p{L}\\d]|[.,]\\d)`,
    'giu',
  ),
  // Numbers of orders, parcels and accounts, with the letters and hyphens in them; IBANs.
  /#?(?<![\p{L}\p{N}])(?=(?:[\p{L}-]*\d){5})[\p{L}\d][\p{L}\d-]*/gu,
  /(?<![\d.,])\d(?:[ ()/-]{0,2}\d){8,}/g,
];

/**
 * The text without numbers that belong to somebody. Only of one can be said which order it names:
 * the first that follows such a word. Of any other nobody knows what would have to stand there.
 */
function withoutNumbers(text: string): string {
  let order: string | null = null;
  const hide = (found: string, at: number, all: string) => {
    const key = found.replace(/[^\p{L}\d]/gu, '').toLowerCase();
    const before = all.slice(Math.max(0, at - longestOrderWord), at);
    if (order === null && (found.startsWith('#') || afterOrderWord.test(before))) order = key;
    return key === order ? '[number]' : '[other number]';
  };
  return numbers.reduce((rest, pattern) => rest.replace(pattern, hide), text);
}

/** A greeting by name at the beginning of a reply; English, German, French, Spanish, Italian, Polish. */
const greeting =
  /^((?:hi|hello|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|guten (?:tag|morgen|abend)|bonjour|cher|chère|hola|buen[oa]s \p{L}+|ciao|gentile|cześć|dzień dobry)(?: (?:mr|mrs|ms|herr|frau|monsieur|madame|señora?|signora?|pani?)\.?)?) (?!there|team|again|all|everyone|zusammen)\p{L}[\p{L}.' -]{0,60}(?=[,!:]?\s*$)/imu;

/** The names in a name, as people write them to each other whatever their mail programs say. */
function partsOf(name: string): string[] {
  const isPlain = name === name.toLowerCase();
  const parts = name
    .split(/[\s,]+/)
    .filter((part) => (isPlain ? /^\p{L}{3}/u : /^\p{Lu}\p{L}/u).test(part));
  return parts.flatMap((part) => {
    const upper = part.toUpperCase();
    return [part, upper, upper.slice(0, 1) + part.slice(1).toLowerCase()].filter((form) =>
      /^\p{Lu}/u.test(form),
    );
  });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * The text with the customer's name, addresses, numbers, personal links and dates replaced by words
 * in square brackets. Equal things get equal placeholders. Amounts stay: most of them are policy.
 */
export function withPlaceholders(text: string, { name, address }: KnownCustomer): string {
  const [user = ''] = address.split('@');
  // A user name such as "info" is a word like any other.
  const names = [name.trim(), ...(/[\d._]/.test(user) ? [user] : []), ...partsOf(name)].filter(
    (part) => part.length >= 2,
  );
  let replaced = text.replace(greeting, '$1 [name]');
  for (const [pattern, placeholder] of replacements)
    replaced = replaced.replace(pattern, placeholder);
  replaced = withoutNumbers(replaced);
  if (names.length === 0) return replaced;
  const known = new RegExp(
    `(?<![\\p{L}\\p{N}[])(?:${names.map(escaped).join('|')})(?![\\p{L}\\p{N}])`,
    'gu',
  );
  return replaced.replace(known, '[name]').replace(/\[name\](?:\s\[name\])+/g, '[name]');
}
