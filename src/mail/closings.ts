/** Closings: "Kind regards, Ann" below the last words of a mail, in many languages. */

/** Phrases that may have a name beside them. */
const phrases = [
  '(?:(?:many )?thanks (?:and|&) )?(?:(?:with )?(?:my |our )?(?:best|kind|kindest|warm|warmest|many) )?regards|(?:with )?best wishes|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|respectfully(?: yours)?|all the best', // en
  '(?:mit )?(?:(?:freundlichen?|besten?|lieben?|herzlichen?|vielen?|schönen?|sonnigen?) )+(?:grüßen?|grüssen?|gruß|gruss)(?: aus \\p{L}{2,30})?|grüße|grüsse|gruß|gruss|mit (?:den )?besten empfehlungen|herzlichst|freundlichst|hochachtungsvoll', // de
  '(?:bien |très )?cordialement|(?:(?:meilleures|sincères|cordiales|mes) )*salutations(?: distinguées| cordiales)?|bien à vous|(?:bien )?amicalement|sincèrement|salutacions|atentament', // fr, ca
  '(?:un |muchos )?(?:cordial(?:es)? |atentos? )?saludos?(?: cordial(?:es)?)?|reciba un cordial saludo|sinceramente|atentamente|atenciosamente|(?:com )?(?:os )?(?:melhores )?cumprimentos', // es, pt
  '(?:(?:cordiali|distinti|cari|sentiti|i miei più cordiali) )?saluti|un (?:cordiale )?saluto|cordialmente|cu (?:stimă|respect|drag)|toate cele bune', // it, ro
  '(?:met )?(?:vriendelijke|hartelijke|beste) groet(?:en|jes)?|hoogachtend|groeten|groetjes|groet', // nl
  '(?:z )?(?:poważaniem|powazaniem)|(?:serdecznie )?pozdrawiam(?: serdecznie)?|(?:łączę |serdeczne )?pozdrowienia|z (?:wyrazami szacunku|pozdrowieniami)', // pl
  '(?:med )?(?:vänliga?|bästa|varma) hälsning(?:ar)?|hälsningar|(?:med )?(?:venlige?|vennlige?|bedste|beste|kærlig|de bedste) hils(?:en|ener|ner)|hilsen|hilsner|vänligen', // sv, da, no
  '(?:ystävällisin |parhain )?terveisin|lugupidamisega|parimate soovidega|ar cieņu|pagarbiai|með kveðju|kveðja', // fi, et, lv, lt, is
  's (?:přátelským )?pozdravem|s (?:priateľským )?pozdravom|s úctou|(?:szívélyes |baráti )?üdvözlettel|tisztelettel', // cs, sk, hu
  'с (?:глубоким )?уважением|с наилучшими пожеланиями|з (?:найкращими побажаннями|повагою)|с уважение|поздрави|с поштовањем|поздрав', // ru, uk, bg, sr
  '(?:s|sa) (?:poštovanjem|štovanjem)|(?:srdačan |lijep |lep )?pozdrav|lep pozdrav|με εκτίμηση|φιλικά|(?:en içten )?saygılarım(?:la|ızla)|saygılar', // hr, sr, sl, el, tr
  'בברכה|בכבוד רב|مع (?:أطيب )?التحيات|تحياتي|مع خالص التحية|trân trọng|thân ái|hormat (?:saya|kami)|salam hormat|此致|敬礼|祝好|顺颂商祺|敬具|よろしくお願い(?:いた|致)?します', // he, ar, vi, id, zh, ja
].join('|');

/** Abbreviations, which have no name beside them: they are too short to be sure. */
const short = 'rgds|brgds|br|mfg|lg|vg|cdt|cdlt|atte|att|mvg|mvh|kh|vh|dbh|bg|pozdr|lp';

const closing = new RegExp(
  `^\\s{0,8}(?:(?:${phrases})(?!\\p{L})(?<rest>.{0,60})|(?:${short})\\s?[,.!]{0,2}\\s{0,8})$`,
  'iu',
);

/** Abbreviations that nothing is called by, so that a name may follow: "Mvh Anna". */
const abbreviated =
  /^\s{0,8}(?:[Mm]vh|MVH|[Mm]f[Gg]|MFG|[Mm]vg|MVG|[Kk]h|[Vv]h)[\s,.]{1,3}\p{Lu}\p{L}{1,20}(?: \p{Lu}\p{L}{0,20})?\s{0,8}$/u;

const maxLines = 5;
const maxWords = 5;

/** True for a name or what stands beside one, such as a firm; never for a sentence or a number. */
function isName(line: string): boolean {
  const text = line.trim();
  return (
    text.length <= 60 &&
    !/\p{Nd}|[?:;]|\.$|^p\.? ?s\b/iu.test(text) &&
    text.split(/\s+/u).length <= maxWords
  );
}

/**
 * True when `lines` are a closing and the name below it, and nothing else. A number there may be
 * the customer's or an order's, and a sentence is still theirs: either makes it part of the mail.
 */
export function isClosing(lines: readonly string[]): boolean {
  const [first = '', ...below] = lines.filter((line) => line.trim() !== '');
  if (first.length > 120) return false;
  if (below.length > maxLines) return false;
  if (abbreviated.test(first)) return below.every(isName);
  const match = closing.exec(first);
  if (match === null) return false;
  const beside = (match.groups?.rest ?? '').replace(/^[\s,.!;。、！，–—-]{1,6}/u, '');
  return isName(beside) && below.every(isName);
}
