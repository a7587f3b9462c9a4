/** Replaces what belongs to one customer by placeholders, so that a mail and its reply can serve others. */

/** Who is known to take part in a conversation. */
export interface KnownCustomer {
  name: string;
  address: string;
}

const replacements: readonly [pattern: RegExp, placeholder: string][] = [
  [/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '[email]'],
  // A link with a number in it leads to one parcel, order or account.
  [/https?:\/\/[^\s<>"]*\d{5}[^\s<>"]*/g, '[link]'],
  [/(?<![\d-])\d{4}-\d{2}-\d{2}(?!\d)/g, '[date]'],
  // Numbers of orders, parcels and accounts, with the letters and hyphens in them; IBANs.
  [/#?(?<![\p{L}\p{N}])(?=(?:[\p{L}-]*\d){5})[\p{L}\d][\p{L}\d-]*/gu, '[number]'],
  // Telephone and card numbers in groups.
  [/(?<![\d.,])\+?\d(?:[ ()/-]{0,2}\d){8,}/g, '[number]'],
];

/** A greeting by name at the beginning of a reply; English, German, French, Spanish, Italian, Polish. */
const greeting =
  /^((?:hi|hello|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|guten (?:tag|morgen|abend)|bonjour|cher|chère|hola|buen[oa]s \p{L}+|ciao|gentile|cześć|dzień dobry)(?: (?:mr|mrs|ms|herr|frau|monsieur|madame|señora?|signora?|pani?)\.?)?) (?!there|team|again|all|everyone|zusammen)\p{L}[\p{L}.' -]{0,60}(?=[,!:]?\s*$)/imu;

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * The text with the customer's name, addresses, numbers, personal links and dates replaced by words
 * in square brackets. Equal things get equal placeholders. Amounts stay: most of them are policy.
 */
export function withPlaceholders(text: string, { name, address }: KnownCustomer): string {
  const parts = name.split(/[\s,]+/).filter((part) => /^\p{Lu}\p{L}/u.test(part));
  const [user = ''] = address.split('@');
  // A user name such as "info" is a word like any other.
  const names = [name.trim(), ...(/[\d._]/.test(user) ? [user] : []), ...parts].filter(
    (part) => part.length >= 2,
  );
  let replaced = text.replace(greeting, '$1 [name]');
  for (const [pattern, placeholder] of replacements)
    replaced = replaced.replace(pattern, placeholder);
  if (names.length === 0) return replaced;
  const known = new RegExp(
    `(?<![\\p{L}\\p{N}[])(?:${names.map(escaped).join('|')})(?![\\p{L}\\p{N}])`,
    'gu',
  );
  return replaced.replace(known, '[name]').replace(/\[name\](?:\s\[name\])+/g, '[name]');
}
