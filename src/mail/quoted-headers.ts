/** Header blocks: "From: ... Sent: ... To: ... Subject: ..." above an earlier mail, in many languages. */

/** What a line of such a block says. */
type Field = 'from' | 'date' | 'to' | 'subject' | 'other';

/** The labels that Outlook, Apple Mail, Thunderbird, Lotus Notes and web mailers write. */
const labels: Readonly<Record<Field, string>> = {
  from: `from|von|absender|de|expéditeur|da|mittente|remitente|remetente|van|afzender|od|nadawca|fra|från|avsändare
    lähettäjä|saatja|no|nuo|odesílatel|odosielateľ|feladó|expeditor|de la|от|от кого|отправитель|від|від кого|од|από
    kimden|gönderen|šalje|pošiljatelj|pošiljalac|发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 사람|보낸사람|من|מאת|từ|dari|จาก|از`,
  date: `date|sent|sent on|sent at|received|datum|gesendet|gesendet am|date d'envoi|envoyé|envoyé le|message du|fecha|enviado|enviado el
    enviado em|enviada em|enviada|data|data invio|inviato|inviato il|verzonden|verzonden op|wysłano|wysłane|data wysłania|sendt|sendt den|dato
    skickat|skickat den|lähetetty|päivämäärä|pvm|kuupäev|saadetud|datums|nosūtīts|išsiųsta|odesláno|odoslané|dátum|küldve|elküldve
    trimis|дата|отправлено|надіслано|відправлено|изпратено|послато|ημερομηνία|στάλθηκε|αποστολή|tarih|gönderildi|gönderme tarihi|poslano|poslato
    发送时间|发送日期|日期|时间|傳送日期|寄件日期|送信日時|日付|送信日|보낸 날짜|날짜|التاريخ|تاريخ الإرسال|أرسل|תאריך|נשלח|ngày|đã gửi|tanggal|dikirim|วันที่`,
  to: `to|an|empfänger|à|a|destinataire|para|destinatario|destinatário|per|aan|do|adresat|til|till|mottagare|vastaanottaja|kellele|kam|komu
    címzett|către|la|кому|получатель|до|за|προς|kime|alıcı|za|prima|收件人|收件者|宛先|받는 사람|받는사람|إلى|אל|đến|tới|kepada|ถึง|به`,
  subject: `subject|re|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|betreft|temat|emne|ämne|aihe|teema|temats|tema|předmět|predmet|tárgy
    subiect|тема|относно|предмет|наслов|θέμα|konu|naslov|zadeva|主题|主旨|主題|標題|件名|표제|제목|الموضوع|נושא|chủ đề|tiêu đề|perihal|subjek|เรื่อง`,
  other: `cc|bcc|reply-to|reply to|antwort an|répondre à|responder a|responder para|rispondi a|risposta|antwoord aan|odpowiedz do|svar til|svara till|kopie|kopia|kopi|copie|copie à|cópia|copia|kopio|másolat|копия|копія|copia per conoscenza
    ccn|importance|wichtigkeit|priority|priorität|importancia|importância|attachments|anlagen|pièces jointes|archivos adjuntos|anexos|allegati|bijlagen|załączniki|bilagor|organization|message-id|newsgroups|resent-from|resent-to|抄送|副本|参照|參照|참조`,
};

const fieldOf: ReadonlyMap<string, Field> = new Map(
  (Object.entries(labels) as [Field, string][]).flatMap(([field, words]) =>
    words.split(/[|\n]/u).map((word) => [word.trim(), field] as const),
  ),
);

/** The header field that `line` is; null for other lines. */
function headerField(line: string): Field | null {
  const colon = line.search(/[:：]/u);
  if (colon < 1 || colon > 60) return null;
  const label = line
    .slice(0, colon)
    .replace(/^[\s>*_|]{1,12}/u, '')
    .replace(/[\s*_]{1,12}$/u, '')
    .replaceAll('’', "'")
    .toLowerCase();
  return fieldOf.get(label) ?? null;
}

/** The most lines that a header block has, with wrapped and blank ones. */
const maxBlock = 24;
/** How many lines one value may be wrapped over, after its first. */
const maxWrapped = 3;

const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';

/** True for what makes a header: a sender and two more, and more than a gift card also says. */
function isHeader(seen: ReadonlySet<Field>, lines: readonly string[]): boolean {
  const known = (['from', 'date', 'to', 'subject'] as const).filter((field) => seen.has(field));
  return (
    seen.has('from') &&
    known.length >= 3 &&
    (seen.has('subject') || lines.some((line) => /[^\s@]@[^\s@]/.test(line)))
  );
}

/**
 * The first line after the header of an earlier mail that begins at `at`; 0 when none does. A
 * header has a sender and two of date, recipient and subject, in any order.
 */
export function afterHeaderBlock(lines: readonly string[], at: number): number {
  if (headerField(lines[at] ?? '') === null) return 0;
  const seen = new Set<Field>();
  let end = at;
  let wrapped = 0;
  for (let next = at; next < Math.min(lines.length, at + maxBlock); next += 1) {
    const line = lines[next] ?? '';
    const field = headerField(line);
    if (field !== null) {
      seen.add(field);
      end = next + 1;
      wrapped = 0;
      continue;
    }
    if (isBlank(line)) {
      // Some programs write a blank line between the fields; what follows another is the mail.
      if (headerField(lines[next + 1] ?? '') === null) break;
      continue;
    }
    wrapped += 1;
    if (wrapped > maxWrapped) break;
  }
  return isHeader(seen, lines.slice(at, end)) ? end : 0;
}
