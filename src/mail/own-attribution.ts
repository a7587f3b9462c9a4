/** The line above what a reply quotes: "On 3 March 2026, Ann <ann@example.com> wrote:", in its language. */

import type { Address } from '../domain/message.ts';

/**
 * `{date}` and `{who}` are filled in. Every line must be known to attribution-lines.ts, so that we,
 * and other programs with the same habits, find where the quotation begins. The date stands without
 * a time of day, whose zone would be the shop's and not the customer's.
 */
const patterns: Readonly<Record<string, string>> = {
  ar: 'في {date}، كتب {who}:',
  bg: 'На {date} {who} написа:',
  ca: 'El {date}, {who} va escriure:',
  cs: 'Dne {date} {who} napsal(a):',
  da: 'Den {date} skrev {who}:',
  de: 'Am {date} schrieb {who}:',
  el: 'Στις {date}, ο/η {who} έγραψε:',
  en: 'On {date}, {who} wrote:',
  es: 'El {date}, {who} escribió:',
  et: '{date} kirjutas {who}:',
  fi: '{date} {who} kirjoitti:',
  fr: 'Le {date}, {who} a écrit :',
  he: 'ב-{date}, {who} כתב/ה:',
  hr: 'Dana {date} {who} je napisao/la:',
  hu: '{who} ezt írta ({date}):',
  id: 'Pada {date}, {who} menulis:',
  it: 'Il {date}, {who} ha scritto:',
  ja: '{date} {who} のメール:',
  ko: '{date}, {who} 작성:',
  lt: '{date} {who} rašė:',
  lv: '{date} {who} rakstīja:',
  nl: 'Op {date} schreef {who}:',
  no: 'Den {date} skrev {who}:',
  pl: 'W dniu {date} {who} napisał(a):',
  pt: 'Em {date}, {who} escreveu:',
  ro: 'Pe {date}, {who} a scris:',
  ru: '{date} {who} написал(а):',
  sk: 'Dňa {date} {who} napísal(a):',
  sl: 'Dne {date} je {who} napisal(a):',
  sr: 'Дана {date} {who} је написао/ла:',
  sv: 'Den {date} skrev {who}:',
  th: '{date} {who} เขียนว่า:',
  tr: '{date} tarihinde {who} yazdı:',
  uk: '{date} {who} написав(ла):',
  vi: 'Vào {date}, {who} đã viết:',
  zh: '{date}，{who} 写道：',
};

/** The languages in which an attribution can be written, as ISO 639-1 codes. */
export const attributionLanguages: readonly string[] = Object.keys(patterns);

/** Written out, so that no reader takes the third of May for the fifth of March. */
function dateIn(language: string, date: Date): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    dateStyle: 'long',
    calendar: 'gregory',
  }).format(date);
}

/**
 * The attribution of a quotation; in English where the language is unknown or null.
 *
 * @param date when the mail was sent; null where it does not say.
 */
export function attributionLine(from: Address, date: Date | null, language: string | null): string {
  const known = language !== null && Object.hasOwn(patterns, language) ? language : 'en';
  const who = from.name === '' ? `<${from.address}>` : `${from.name} <${from.address}>`;
  if (date === null) return `${who}:`;
  return (patterns[known] ?? '')
    .replace('{date}', () => dateIn(known, date))
    .replace('{who}', () => who);
}
