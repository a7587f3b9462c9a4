/** The lines by which mail programs introduce an earlier mail, in the languages of our customers. */

/** How an attribution begins: "On", "Am", "Le" and so on, before the date or the name. */
const openings =
  /^(?:on|am|at|le|el|il|op|em|no dia|a|w dniu|dnia|dne|den|på|d\.|the|в|on the|in data|il giorno|el día|em|op)\s/iu;

/** The verb in it: "wrote", "schrieb", "a écrit" and so on. */
const verb =
  /(?:^|[\s>"'»),])(?:wrote|writes|schrieb|geschrieben|a écrit|écrit|escribió|escribio|ha escrito|ha scritto|scrisse|schreef|geschreven|napisał\(a\)|napisał|napisała|pisze|escreveu|skrev|kirjoitti|napsal|napsal\(a\)|írta|yazdı|написал|написала|пишет)(?=[\s:,.<(]|$)/iu;

const mailAddress = /[^\s<>@]{1,64}@[^\s<>@]{1,255}/;
const anyDigit = /\d/;
const endsOpen = /[:：]\s*$/;

/** "2016-03-03 17:21 GMT+01:00 Ann <ann@example.org>:", and "Ann <ann@example.org>, 3 May 2026:" */
const datedAddress = /^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4})\s/;

/** Longest joined line that can be an attribution. */
const maxAttribution = 500;

/** True for the line that introduces a quotation, as in "On 3 May 2026, Ann wrote:". */
export function isAttribution(line: string): boolean {
  const text = line.trim();
  if (text.length < 6 || text.length > maxAttribution || !endsOpen.test(text)) return false;
  if (datedAddress.test(text) && mailAddress.test(text)) return true;
  if (!verb.test(text)) return false;
  // "You wrote:" alone is talk; with a date or an address it is a mail program.
  if (openings.test(text)) return anyDigit.test(text) || mailAddress.test(text);
  return mailAddress.test(text) && (anyDigit.test(text) || text.length < 150);
}

const originalWords =
  'original message|original appointment|ursprüngliche nachricht|originalnachricht|ursprüngliche e-mail|message d.origine|message original|mensaje original|messaggio originale|oorspronkelijk bericht|wiadomość oryginalna|oryginalna wiadomość|mensagem original|ursprungligt meddelande|opprinnelig melding|oprindelig meddelelse|původní zpráva|eredeti üzenet|исходное сообщение|reply message|reply above this line';
const originalMark = new RegExp(
  `^\\s*[-_*#=]{1,40}\\s?\\**\\s?(?:${originalWords})\\s?\\**\\s?[-_*#=]{0,40}:?\\s*$`,
  'iu',
);

/** True for "-----Original Message-----" and its like: everything below is history. */
export function isOriginalMark(line: string): boolean {
  return line.length <= 200 && originalMark.test(line);
}

const forwardWords =
  'forwarded message|begin forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten (?:nachricht|e-mail)|message transféré|début du message (?:réexpédié|transféré)|mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|wiadomość przekazana|przekazana wiadomość|początek przekazywanej wiadomości|mensagem encaminhada|início da mensagem reencaminhada|vidarebefordrat meddelande|пересылаемое сообщение';
const forwardMark = new RegExp(
  `^\\s*[-_*]{0,40}\\s?(?:${forwardWords})\\s?:?\\s?[-_*]{0,40}\\s*$`,
  'iu',
);

/** True for "---------- Forwarded message ---------" and its like: what follows is to be read. */
export function isForwardMark(line: string): boolean {
  return line.length <= 200 && forwardMark.test(line);
}

/** True for a line of underscores or dashes, as Outlook draws above the header of an answer. */
export function isRule(line: string): boolean {
  return /^\s{0,3}(?:_{5,200}|-{20,200})\s*$/.test(line);
}

const fromLabel =
  /^\s{0,3}\*?(?:from|von|de|da|van|od|fra|från|lähettäjä|feladó|от|expéditeur|mittente|remitente)\s?:\*?\s?\S/iu;
const otherLabels: readonly RegExp[] = [
  /^\s{0,3}\*?(?:sent|date|gesendet|datum|date d.envoi|envoyé|enviado(?: el)?|fecha|data|inviato|verzonden|wysłano|data wysłania|enviada(?: em)?|skickat|sendt|odesláno|küldve|отправлено|дата)\s?:/iu,
  /^\s{0,3}\*?(?:to|an|à|a|para|aan|do|til|till|komu|címzett|кому|destinataire|destinatario)\s?:/iu,
  /^\s{0,3}\*?(?:subject|betreff|objet|asunto|oggetto|onderwerp|temat|assunto|ämne|emne|předmět|tárgy|тема)\s?:/iu,
];

/**
 * True when `lines` begin with the header of an earlier mail: a sender, and at least two of date,
 * recipient and subject below it.
 */
export function isHeaderBlock(lines: readonly string[]): boolean {
  const [first = '', ...rest] = lines;
  if (!fromLabel.test(first)) return false;
  const below = rest.slice(0, 7);
  return otherLabels.filter((label) => below.some((line) => label.test(line))).length >= 2;
}
