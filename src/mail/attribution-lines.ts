/** Attribution lines: "On 3 May 2026, Ann wrote:" and its like, in many languages. */

/**
 * "wrote", as mail programs put it. Longer forms first, as alternation takes the first that fits.
 * Sources: the default attributions of Gmail, Apple Mail, Thunderbird, Outlook and Yahoo.
 */
const spacedVerbs = [
  'wrote|writes|schrieb|schrieben|schreibt|geschrieben|schreef|geschreven|schrijft', // en, de, nl
  'a écrit|a ecrit|écrit|ecrit|écrivait|va escriure|ha escrit', // fr, ca
  'escribió|escribio|escribía|escribe|ha escrito|escreveu|escribiu', // es, pt, gl
  'ha scritto|scrisse|a scris', // it, ro
  'napisał\\(a\\)|napisał|napisała|napisana przez|pisze', // pl
  'napsal\\(a\\)|napsala|napsal|píše|napísal\\(a\\)|napísala|napísal', // cs, sk
  'skrev|skreiv|skrifaði|kirjoitti|kirjutas', // sv, da, no, is, fi, et
  'ezt írta|írta|rakstīja|rašė|parašė', // hu, lv, lt
  'yazdı|yazmış|έγραψε|έγραψες', // tr, el
  'je napisao/la|napisao|napisala|je napisal|napisal', // hr, sr, sl
  'написал\\(а\\)|написала|написал|писал|писала|писали|пишет|написав|написала|пише|написа|написао', // ru, uk, bg, sr
  'đã viết|viết|menulis|idatzi du|shkroi', // vi, id, eu, sq
  'كتب|كتبت|تمت كتابة ما يلي بواسطة|כתב|כתבה|כתב/ה|نوشت', // ar, he, fa
].join('|');

/** Languages that write without spaces between words. */
const unspacedVerbs =
  '写道|寫道|撰写|写到|书写|書きました|書いた|のメール|작성|썼습니다|쓴 글|เขียนว่า';

const verb = new RegExp(`(?<!\\p{L})(?:${spacedVerbs})(?!\\p{L})|${unspacedVerbs}`, 'u');
const verbAtEnd = new RegExp(`(?:(?<!\\p{L})(?:${spacedVerbs})|${unspacedVerbs})$`, 'u');

/** No verb above is longer, with the letter before it. */
const longestVerb = 30;

const lastWords: ReadonlySet<string> = new Set(
  spacedVerbs.split('|').map((words) => words.slice(words.lastIndexOf(' ') + 1)),
);
/** What the last of the lines over which an attribution is wrapped ends with, whatever stands before. */
const wordAtEnd = new RegExp(`(?:${[...lastWords].join('|')}|${unspacedVerbs})$`, 'u');

/** How an attribution opens before the date: "On", "Am", "Le", "W dniu" and so on. */
const opening =
  /^(?:on|at|the|am|den|le|el|il|in data|a|em|no dia|el día|op|w dniu|dnia|dne|dňa|på|d\.|kl\.|em data|la data|în data|pe|в|в пт|у|на|στις|vào|pada|tarihinde|في|ב|בתאריך)[\s,.-]/u;

/** "Tue, 3", "mardi 3", "Tuesday, March 3". */
const weekday = /^\p{L}{1,12}\.?,?\s{1,3}(?:den |the )?(?:\p{L}{3,12}\.?\s)?\d/u;

const mailAddress = /[^\s<>@()[\]]{1,64}@[^\s<>@()[\]]{1,255}/;

/** 3/5/2026, 2026-05-03, 03.05.26, "3. 5. 2026"; but not 192.0.2.1. */
const numericDate =
  /(?<![\p{Nd}.])\p{Nd}{1,4}[./-]\s?\p{Nd}{1,2}[./-]\s?\p{Nd}{1,4}(?!\p{Nd}|\.\p{Nd})/u;
const year = /(?<!\p{Nd})(?:19|20|٢٠)\p{Nd}{2}(?!\p{Nd})/u;
const time = /(?<!\p{Nd})\p{Nd}{1,2}\s?[:.h時点시]\s?\p{Nd}{2}(?!\p{Nd}|[./-]\p{Nd})/u;
const dayAndMonth =
  /(?<!\p{Nd})\p{Nd}{1,2}\.?\s(?:de\s)?\p{L}{3,12}|\p{L}{3,12}\.?\s\p{Nd}{1,2}(?!\p{Nd})/u;

/** "On Monday I wrote:" and "he wrote to me:" are talk; no mail program says "I" or "me". */
const firstPerson =
  /(?<!\p{L})(?:i|i've|we|me|us|my|our|ich|wir|mir|mich|uns|je|j'ai|nous|me|moi|yo|nosotros|mí|eu|nós|mim|io|noi|mi|ci|ik|wij|mij|ons|jag|jeg|vi|mig|meg|oss|ja|já|mi|mnie|mně|mne|nam|minä|я|мы|ми|мне|мені)(?!\p{L})/u;

/** Longest joined text that can be an attribution. */
const maxAttribution = 400;

/**
 * How sure a line is to introduce a quotation. `likely` is one only when quoted lines follow it;
 * `certain` needs none below.
 */
export type Attribution = 'certain' | 'likely' | 'none';

/** `line` in lower case without what stands around an attribution: quote marks, dashes, emphasis. */
function bareAttribution(line: string): string {
  return line
    .replace(/^[\s>*_–—-]{1,12}/u, '')
    .replace(/[\s*_–—-]{1,12}$/u, '')
    .toLowerCase();
}

/** False for a line that nothing above it can make the last line of an attribution. */
export function mayEndAttribution(line: string): boolean {
  // Most lines end with a plain word, and every line of every mail comes here.
  const plain = /^([a-z]+)([.,!?]?)$/.exec(line.slice(line.lastIndexOf(' ') + 1));
  if (plain !== null) return plain[2] === '' && lastWords.has(plain[1] ?? '');
  const text = bareAttribution(line);
  return text === '' || /[:：]$/.test(text) || wordAtEnd.test(text.slice(-longestVerb));
}

/** Whether `text` names a sender at its end, and a date before that: no verb is needed then. */
function isDatedSender(text: string): boolean {
  const sender = /<(?:mailto:)?[^\s<>@()[\]]{1,64}@/u.exec(text);
  if (sender === null) return false;
  const before = text.slice(0, sender.index);
  const after = text.slice(sender.index);
  if (after.length > 120 || !/>\s?[:：]$/u.test(text)) return false;
  return time.test(before) && (numericDate.test(before) || year.test(before));
}

/** How sure `line`, with its wrapped parts joined by spaces, is to introduce a quotation. */
export function attributionStrength(line: string): Attribution {
  if (line.length > maxAttribution) return 'none';
  const text = bareAttribution(line);
  const closed = /[:：]$/.test(text);
  if (text.length < 6 || !(closed || verbAtEnd.test(text.slice(-longestVerb)))) return 'none';
  const hasVerb = verb.test(text);
  const hasAddress = mailAddress.test(text);
  const hasNumericDate = numericDate.test(text);
  const hasDate = hasNumericDate || year.test(text) || dayAndMonth.test(text);
  const hasTime = time.test(text);
  if (!hasAddress && firstPerson.test(text)) return 'none';
  const opens = opening.test(text) || weekday.test(text) || /^\p{Nd}/u.test(text);
  if (hasVerb && hasAddress && (hasDate || hasTime || text.length < 150)) return 'certain';
  // "You wrote:" alone is talk; with a date and a time it is a mail program.
  if (hasVerb && opens && (hasDate || hasTime)) return 'certain';
  if (hasVerb && hasNumericDate && hasTime && text.length < 150) return 'certain';
  if (opens && isDatedSender(text)) return 'certain';
  if (!closed) return 'none';
  return hasVerb || (hasAddress && text.length < 150) || (opens && hasDate) ? 'likely' : 'none';
}

/** Some programs put the attribution on the last line of the new text. */
const inline =
  /^(?<above>.{1,500}[.!?…)])\s{1,3}(?<attribution>(?:on|am|le|el|il|em|op|den|dne|w dniu)\s.{10,300})$/iu;

/** The new text and the attribution that share `line`; null where it has not both. */
export function inlineAttribution(line: string): [above: string, attribution: string] | null {
  if (line.length > maxAttribution || !/[:：]\s{0,3}$/u.test(line)) return null;
  const { above, attribution } = inline.exec(line)?.groups ?? {};
  if (above === undefined || attribution === undefined) return null;
  return attributionStrength(attribution) === 'certain' ? [above, attribution] : null;
}

/**
 * How `line` begins an attribution, if it does: with the `date`, or with the `sender`, as in "Ann
 * <ann@example.org> schrieb am Fr., 1."
 */
export function attributionOpening(line: string): 'date' | 'sender' | 'none' {
  const text = bareAttribution(line);
  if (text.length > maxAttribution) return 'none';
  const dated = numericDate.test(text) || year.test(text) || time.test(text);
  if (dated && (opening.test(text) || weekday.test(text) || /^\p{Nd}/u.test(text))) return 'date';
  return /^[^<>@]{0,80}<[^\s<>@]{1,64}@[^\s<>@]{1,255}>/u.test(text) ? 'sender' : 'none';
}
