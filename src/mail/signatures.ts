/** Signatures: what a mail program or its owner puts under every mail, from "-- " to "Sent from my phone". */

/** RFC 3676, section 4.3: "-- "; programs and people drop the space, or draw it longer. */
const separator = /^\s{0,3}(?:-- ?|__|[–—]{1,2})\s{0,3}$/u;

/** Stands for an element that HTML says is a signature; a private character, alone on its line. */
export const signatureElement = '\ue001';

/** True for the line that parts a signature from the mail. */
export function isSignatureSeparator(line: string): boolean {
  return separator.test(line) || line.trim() === signatureElement;
}

/** True for "--Ann", which is a signature where nothing follows it. */
export function isSignedName(line: string): boolean {
  return /^\s{0,3}--\s?\p{Lu}[\p{L}.' -]{1,40}$/u.test(line);
}

/** "Sent from", before the name of a device or program. */
const sentFrom = [
  'sent (?:from|via|with|using|on|by|through)', // en
  '(?:gesendet|versendet|geschickt|verschickt) (?:von|mit|über|via|aus)', // de
  'envoyée? (?:de|depuis|à partir|avec|via|par|du)|provenance :|enviat (?:des|amb)', // fr, ca
  'enviad[oa] (?:desde|do|da|de|con|com|via|a partir|pelo|por|através)', // es, pt
  'inviato (?:da|dal|con|tramite|dall)|trimis (?:de|din|cu)', // it, ro
  '(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via|van)', // nl
  'wysłan[eoya] (?:z|ze|za|przy|przez)', // pl
  'skicka(?:t|s|des) (?:från|med|via)|sendt (?:fra|med|via)|lähetetty', // sv, da, no, fi
  '(?:odesláno|odoslané) (?:z|ze|zo|pomocí|pomocou)|elküldve|posla(?:n|t)o (?:z|s|sa|iz)', // cs, sk, hu, hr, sl, sr
  'отправлен[оа]? (?:с|из|от|через)|надіслано (?:з|із|через)|изпратено от|послато са', // ru, uk, bg, sr
  'στάλθηκε από|αποστολή από|saadetud|nosūtīts no|išsiųsta iš', // el, et, lv, lt
  'أرسلت من|أُرسلت من|مرسل من|تم الإرسال من|(?:được |đã )?gửi từ|dikirim dari', // ar, vi, id
].join('|');

/** The same, in languages that join it to the name of the device. */
const joined = 'נשלח מ|ส่งจาก|发自|發自|從我的|从我的'; // he, th, zh

/** The same, for languages that name the device first. */
const fromDevice = [
  '(?:diese (?:nachricht|e-?mail|mail) wurde )?(?:von|aus|mit) .{1,80} (?:gesendet|geschickt|versendet)', // de
  '.{0,60}(?:gönderildi|küldve|から送信|에서 보냄|에서 전송)', // tr, hu, ja, ko
].join('|');

const edge = '[\\s>*_•|()–—-]{0,6}';
const sent = new RegExp(`^${edge}(?:(?:${sentFrom})(?!\\p{L}{4})|${joined})`, 'u');
const sentLast = new RegExp(`^${edge}(?:${fromDevice})[\\s.!*_)]{0,4}$`, 'u');
/** The words of `sentLast`: looking for them first spares most lines its many beginnings. */
const sentLastWord = /gesendet|geschickt|versendet|gönderildi|küldve|から送信|에서 보냄|에서 전송/u;
/** None of them is longer, with what may stand behind it. */
const longestEnd = 16;

/** Devices and programs; not "mail" or "post" alone, by which shops send things. */
const device =
  /iphone|ipad|ipod|ios|android|droid|samsung|galaxy|huawei|xiaomi|pixel|xperia|blackberry|windows|outlook|yahoo|gmail|proton|thunderbird|typeapp|bluemail|aquamail|zoho|k-9|fairemail|mail\.ru|web\.de|gmx|mail[- ]app|mobile|phone|handy|smartphone|tablet|téléphone|tel[eé]fon|telefoon|puhelin|телефон|手机|手機/u;

/** "Get Outlook for iOS", in any language. */
const outlookApp = /^.{0,40}outlook(?!\p{L}).{0,30}(?:ios|android)/u;

/** Addresses of the programs' pages: "Outlook<https://aka.ms/...>". */
const link = /[<([]?https?:\/\/[^\s<>()[\]]{1,500}[>)\]]?|<mailto:[^<>]{1,300}>/giu;

/** More words than that are a sentence, such as "Sent from Paris, it took two weeks to arrive here". */
const maxWords = 12;

/** How a line is a mobile signature: `device` names one, `vague` could be a sentence of the mail. */
export type MobileSignature = 'device' | 'vague' | 'none';

/** Whether `line` is "Sent from my phone" or its like, below what was written above a quotation. */
export function mobileSignature(line: string): MobileSignature {
  if (line.length > 600) return 'none';
  const text = (line.includes(':') ? line.replace(link, '') : line).trim().toLowerCase();
  if (text.length > 120 || /[?,;:]$/.test(text)) return 'none';
  const isApp = text.includes('outlook') && outlookApp.test(text);
  const isSent =
    sent.test(text) || (sentLastWord.test(text.slice(-longestEnd)) && sentLast.test(text));
  if (!isApp && !isSent) return 'none';
  if (text.split(/\s+/u).length > maxWords) return 'none';
  if (isApp) return 'device';
  return device.test(text) ? 'device' : 'vague';
}

const contact = /[^\s<>@]{1,64}@[^\s<>@]{1,255}|https?:\/\/|www\.|\+\d[\d\s()/-]{6,}/u;

/** A longer text under a separator is no signature. */
const maxSignature = 30;
/** What stands under a drawn line is one only when it is short and says where to reach somebody. */
const maxCard = 10;

/** True when `lines`, all that is left under a separator up to the next quotation, are a signature. */
export function isSignatureBlock(lines: readonly string[]): boolean {
  return lines.filter((line) => line.trim() !== '').length <= maxSignature;
}

/** True for a line drawn above an address card; lists are parted with dashes and equals signs. */
export function isCardRule(line: string): boolean {
  return /^\s{0,3}[_–—]{3,200}\s*$/u.test(line);
}

/** True when `lines`, all that is left under a drawn line, are an address card or a list's footer. */
export function isContactCard(lines: readonly string[]): boolean {
  const written = lines.filter((line) => line.trim() !== '');
  return (
    written.length <= maxCard &&
    written.every((line) => line.length <= 100) &&
    written.some((line) => contact.test(line))
  );
}
