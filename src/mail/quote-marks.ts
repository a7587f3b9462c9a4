/** The lines with which mail programs part an earlier mail from the new words. */

/** "Original Message" in the languages of the mail programs that write it. */
const originalWords = [
  'original message|original appointment|original mail|original e-?mail|original|original msg|reply message|previous message', // en
  'ursprüngliche nachricht|originalnachricht|original-nachricht|ursprüngliche (?:e-)?mail|ursprünglicher termin|original(?:e )?nachricht', // de
  "message d'origine|message original|message initial|mail original|courriel original|rendez-vous d'origine|missatge original", // fr, ca
  'mensaje original|mensagem original|mensaxe orixinal|correo original|e-mail original', // es, pt, gl
  'messaggio originale|messaggio di origine|mesaj original|mesajul original|mesaj inițial', // it, ro
  'oorspronkelijk bericht|origineel bericht|oorspronkelijke e-mail|oorspronkelijke afspraak', // nl
  'wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna|oryginał wiadomości', // pl
  'ursprungligt meddelande|originalmeddelande|opprinnelig melding|original melding|oprindelig meddelelse|original meddelelse|oprindelig besked', // sv, no, da
  'alkuperäinen viesti|algne sõnum|algkiri|sākotnējais ziņojums|pradinis laiškas|originalus laiškas', // fi, et, lv, lt
  'původní zpráva|původní e-mail|pôvodná správa|eredeti üzenet', // cs, sk, hu
  'исходное сообщение|оригинальное сообщение|первоначальное сообщение|начальное сообщение|конец пересылаемого сообщения', // ru
  'оригінальне повідомлення|вихідне повідомлення|оригинално съобщение|оригинална порука', // uk, bg, sr
  'izvorna poruka|originalna poruka|izvirno sporočilo|αρχικό μήνυμα|özgün ileti|orijinal mesaj|orijinal ileti', // hr, sr, sl, el, tr
  '原始邮件|原始郵件|原邮件|原始信件|元のメッセージ|オリジナルメッセージ|original message|원본 메시지|원본 메일|원래 메시지', // zh, ja, ko
  'הודעה מקורית|الرسالة الأصلية|thư gốc|tin nhắn gốc|pesan asli|pesan asal|ข้อความต้นฉบับ', // he, ar, vi, id, th
].join('|');

const originalMark = new RegExp(
  `^[-–—_*#=~>\\s]{2,80}(?:${originalWords})(?:\\s?[-–—_*#=~]{2,80}.{0,120}|\\s?[:：]?[\\s*_]{0,8})$`,
  'iu',
);

/** Stands for an element after which HTML says that history begins; a private character, alone on its line. */
export const historyElement = '\ue000';

/** Help desks ask to answer above a line; everything below it is theirs. */
const replyAbove =
  /(?:reply above this line|type your reply above|write above this line|respond above this line|antworten sie (?:bitte )?(?:oberhalb|über) dieser (?:zeile|linie)|répondez? (?:au|ci)-dessus de cette ligne|responda? (?:por )?encima de esta línea|antwoord boven deze regel)/iu;

/** `line` with one kind of apostrophe. */
function plainForm(line: string): string {
  return line.includes('’') ? line.replaceAll('’', "'") : line;
}

/** True for "-----Original Message-----" and its like: everything below is history. */
export function isOriginalMark(line: string): boolean {
  if (line.length > 200) return false;
  if (line.trim() === historyElement) return true;
  const text = plainForm(line);
  if (/^[\s>*]{0,8}original message processed by /i.test(text)) return true;
  return (
    originalMark.test(text) || (/^[\s>]{0,8}[-#=_*~[(]{1,80}/.test(text) && replyAbove.test(text))
  );
}

const forwardWords = [
  'forwarded (?:message|mail|e-?mail)|begin forwarded message|forwarded by .{1,80}', // en
  'weitergeleitete (?:nachricht|e-?mail)|anfang der weitergeleiteten (?:nachricht|e-mail)', // de
  'message transféré|courriel transféré|début du message (?:réexpédié|transféré)|missatge reenviat', // fr, ca
  'mensaje reenviado|inicio del mensaje reenviado|mensagem (?:encaminhada|reencaminhada)|início da mensagem (?:reencaminhada|encaminhada)', // es, pt
  'messaggio inoltrato|inizio messaggio inoltrato|mesaj redirecționat|mesaj retrimis|începutul mesajului redirecționat', // it, ro
  'doorgestuurd bericht|begin doorgestuurd bericht|wiadomość przekazana|przekazana wiadomość|początek przekazywanej wiadomości|treść przekazanej wiadomości', // nl, pl
  'vidarebefordrat meddelande|vidarebefordrat brev|påbörja vidarebefordrat meddelande|videresendt (?:melding|besked|meddelelse)|start på videresendt (?:besked|melding)', // sv, no, da
  'välitetty viesti|edelleenlähetetty viesti|přeposlaná zpráva|přeposlaný e-mail|preposlaná správa|továbbított üzenet', // fi, cs, sk, hu
  'пересылаемое сообщение|пересланное сообщение|начало переадресованного сообщения|переслане повідомлення|препратено съобщение', // ru, uk, bg
  'proslijeđena poruka|prosleđena poruka|posredovano sporočilo|προωθημένο μήνυμα|iletilen mesaj|yönlendirilen ileti', // hr, sr, sl, el, tr
  '转发的?(?:邮件|消息|信息)|轉寄的?(?:郵件|訊息)|開始轉寄郵件|转发邮件信息|転送されたメッセージ|転送メッセージ|전달된 메(?:시지|일)', // zh, ja, ko
  'הודעה שהועברה|رسالة محولة|رسالة معاد توجيهها|thư đã chuyển tiếp|pesan terusan', // he, ar, vi, id
].join('|');

const forwardMark = new RegExp(
  `^[\\s>]{0,8}[-–—_*=]{0,80}\\s?(?:${forwardWords})\\s?[:：]?\\s?[-–—_*=]{0,80}\\s*$`,
  'iu',
);

/** True for "---------- Forwarded message ---------" and its like: what follows is to be read. */
export function isForwardMark(line: string): boolean {
  return line.length <= 200 && forwardMark.test(plainForm(line));
}

/** True for a line of underscores or dashes, as Outlook draws above the header of an answer. */
export function isRule(line: string): boolean {
  return /^[\s>]{0,8}[_=*#~–—-]{3,200}\s*$/u.test(line);
}
