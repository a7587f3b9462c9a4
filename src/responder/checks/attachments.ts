/** Check: what the reply calls attached is attached; a draft never has files of its own. */

import { type Check, findingAt } from './check.ts';

/**
 * How a shop says that its reply carries a file, language by language. What the customer attached
 * ("the photo you attached", "im Anhang Ihrer Mail") is left out where the words tell.
 */
const phrases = [
  "(?<!(?:you|your|you['’]ve|you have|you had|please) )attached|enclosed|(?:in|see|find|open|with) (?:the |our |my )?attachments?|(?:i|we)(?:['’]m|['’]re| am| are)? attach(?:ing)?", // en
  '(?:im|als) anhang(?! (?:ihrer|ihres|deiner|eurer))|in der anlage(?! (?:ihrer|deiner))|anbei|(?<!von ihnen )(?:beigefügte?[nsrm]?|beiliegende?[nsrm]?|angehängte?[nsrm]?)', // de
  'ci-jointe?s?|en (?:pièces? jointes?|annexe)|(?:je|nous) (?:vous )?joi(?:ns|gnons)', // fr
  'adjunt(?:o|os|a|as|amos|em|at|ada)?|(?:em|no|segue|seguem) anexos?|anex(?:amos|ei|ado|ada|ados|adas|amos)', // es, ca, pt
  "(?:in |l['’]|gli |le )allegat[oaie]|alleg(?:o|hiamo|ato|ata|ati|ate)|ata[șş]at[ăe]?|anexat[ăe]?|în (?:ata[șş]ament|anexă)", // it, ro
  'in (?:de )?bijlagen?|als bijlage|bijgevoegde?|bijgesloten', // nl
  'w załączni(?:ku|kach)|w załączeniu|załącza(?:m|my)|załączon\\p{L}{1,4}', // pl
  'bifoga[rt]?|bifogade?|i bilagan|vedhæft(?:et|ede|er)|vedlagte?|vedlegg(?:er|et)', // sv, da, no
  'liitteenä|liitteessä|ohessa|oheisena|manuses|manusena|pielikumā|pievienoju|pridedu|pridedam[ea]?|meðfylgjandi|í viðhengi', // fi, et, lv, lt, is
  'v příloze|v prílohe|přikládám(?:e)?|prikladám(?:e)?|přiložen\\p{L}{0,3}|priložen\\p{L}{0,3}|mellékel(?:ve|ten|tem|tük|em|jük)|mellékletben|csatol(?:va|tam|tuk|om|juk)|csatolmányban', // cs, sk, hu
  'во вложении|прилага(?:ю|ем|ется)|приложен\\p{L}{0,3}|прикрепл(?:яю|яем|ен\\p{L}{0,3}|ён)|у вкладенні|у додатку|прикріпл(?:юю|ен\\p{L}{0,3})|прилаг(?:ам|аме)|прикачен\\p{L}{0,3}', // ru, uk, bg
  'u (?:prilogu|privitku)|v (?:prilogi|priponki)|у прилогу|prila(?:žem|žemo)|επισυνάπτ\\p{L}{1,6}|συνημμέν\\p{L}{1,4}|ekte|ekteki|ilişikte|ekliyorum', // sr, hr, sl, el, tr
  'מצורף|מצורפת|מצורפים|מצורפות|מצ["״]ב|مرفقة?|(?:ال|طي ال|في ال)مرفق(?:ات)?|đính kèm|terlampir|dalam lampiran|dilampirkan', // he, ar, vi, id
].join('|');

const words = new RegExp(
  `(?<![\\p{L}\\p{N}])(?:${phrases})(?![\\p{L}\\p{N}])|(?<![请請您])附上|(?:见|見|在|如)附件|附件(?:为|為|是|中)|添付(?:いた|致|し|の)|別添|첨부(?:하|해|된|합)`,
  'giu',
);

/** Where a reply says that something is attached; lines that quote somebody do not count. */
export function attachmentWords(reply: string): { start: number; end: number }[] {
  return [...reply.matchAll(words)].flatMap(({ 0: found, index }) => {
    const line = reply.slice(reply.lastIndexOf('\n', index) + 1, index);
    return line.startsWith('>') ? [] : [{ start: index, end: index + found.length }];
  });
}

export const attachmentCheck: Check = {
  name: 'attachments',
  inspect({ fields }) {
    return findingAt(
      attachmentWords(fields.reply),
      () => 'The reply speaks of an attachment. Attach the file, or change the words.',
    );
  },
};
