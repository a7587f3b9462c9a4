/** Check: the reply promises, guarantees and gives away nothing that no cited policy gives. */

import { type Check, type CheckSubject, findingAt, type Span, spansOf } from './check.ts';
import { factTexts } from './evidence.ts';

/** One kind of promise and how it is made: English, German, French, Spanish, Italian, Polish. */
interface Commitment {
  /** Named in the message. */
  what: string;
  made: RegExp;
  /** What a cited quote must speak of to carry it; absent: nothing does. */
  carriedBy?: RegExp;
}

/** What a shop gives away: a discount, a voucher, a credit. */
const gift =
  "discounts?|vouchers?|coupons?|promo(?:tional)? codes?|store credits?|shop credits?|bonus|freebies?|complimentary|free gift|price reduction|compensation|rabatt(?:e|s|code)?|nachlass|preisnachlass|gutschein(?:e|s|code)?|entschädigung|geschenk|gutschrift|remises?|réductions?|bons? d[’']achat|code promo|dédommagement|cadeau|avoir|descuentos?|vales?|cup(?:ón|ones)|compensación|regalo|sconti?|sconto|buoni?|buono|risarcimento|omaggio|rabat(?:u|em|y)?|zniżk\\p{L}{1,3}|bon(?:u|em|y)?|kupon(?:u|em|y)?|rekompensat\\p{L}{1,2}|prezent";
const gifts = new RegExp(`(?<!\\p{L})(?:${gift})(?!\\p{L})`, 'iu');
/** How it is given: by us, or got by the customer; what they may ask for is no promise. */
const given = [
  "(?:we|i)(?: (?:will|can|would|['’]d|would like to|are happy to|am happy to|are pleased to|are glad to|have|also|gladly|now))*(?:['’](?:ll|d|ve))?(?: (?:also|gladly|happily|now|like to|love to|be happy to|be glad to))* (?:give|given|grant|granted|offer|offered|add|added|apply|applied|send|sent|credit|credited|provide|include|enclose|issue|issued|take|knock|create|created|put)",
  "you(?: (?:will|['’]ll|can|now|also|may))*(?:['’]ll)?(?: (?:also|now))* (?:get|receive|enjoy|use|take|save|redeem)",
  "(?:here is|here[’']s|please (?:accept|use|enjoy|take)|enjoy|accept) (?:a|an|your|this|our|the)",
  '(?:wir|ich)(?: \\p{L}+){0,3} (?:geben|gebe|gewähren|gewähre|bieten|biete|schenken|schenke|senden|sende|schicken|schicke)|(?:gewähren|geben|schenken|bieten|schicken|senden|gebe|gewähre|schenke|biete|schicke) (?:wir|ich)|sie (?:erhalten|bekommen)|erhalten sie|bekommen sie',
  'nous (?:vous )?(?:offrons|accordons|proposons|envoyons|faisons|ferons|offrirons|accorderons)|je vous (?:offre|accorde|propose|envoie)|vous (?:recevez|recevrez|bénéficiez|bénéficierez|obtenez|obtiendrez)',
  '(?:le|les|te) (?:ofrecemos|damos|regalamos|enviamos|concedemos|haremos|hacemos|daremos|ofrezco|doy|regalo|envío)|(?:recibirá|recibe|obtendrá|obtiene|tendrá)',
  '(?:le|vi|ti) (?:offriamo|diamo|regaliamo|inviamo|concediamo|riconosciamo|faremo|daremo|offro|do|regalo|invio)|(?:riceverà|riceve|otterrà|ottiene|avrà)',
  '(?:dajemy|damy|przyznajemy|przyznamy|oferujemy|wysyłamy|wyślemy|udzielamy|udzielimy|daję|oferuję)|(?:otrzyma|dostanie|otrzymuje)',
].join('|');

function inSentence(first: string, second: string): RegExp {
  return new RegExp(
    `(?<!\\p{L})(?:${first})(?!\\p{L})[^.!?\\n]{0,80}?(?<!\\p{L})(?:${second})(?!\\p{L})`,
    'giu',
  );
}

const commitments: readonly Commitment[] = [
  {
    what: 'a guarantee',
    // "Garantie" is a warranty in several languages; the verb is the promise.
    made: /(?<!\p{L})(?:(?:we|i) (?:can |do |will |hereby |fully |personally )?(?:guarantee|promise|commit to|pledge|assure you(?: that)? (?:you(?:r|['’]ll| will)|the (?:refund|parcel|package|order|money)))|(?:is|are|be) guaranteed|guaranteed (?:delivery|refund|arrival)|you have (?:my|our) word|garantier(?:e|en) (?:wir|ich|ihnen)|(?:wir|ich) garantier(?:e|en)|(?:wir|ich) versprech(?:e|en)|versprech(?:e|en) (?:wir|ich)|verspreche ihnen|(?:wir|ich) sicher(?:e|n) ihnen|zugesichert|nous (?:vous )?(?:garantissons|promettons|assurons)|je vous (?:garantis|promets|assure)|(?:le |les )?garantizamos|(?:se lo |le |les )?prometemos|le (?:garantizo|prometo|aseguro)|(?:le |vi )?garantiamo|(?:le |vi )?promettiamo|le (?:garantisco|prometto|assicuro)|gwarantuj(?:emy|ę)|obiecuj(?:emy|ę)|zapewniamy (?:pana|panią|państwa))(?!\p{L})/giu,
    carriedBy: /guarant|promis|garant|versprech|promet|promess|obiecu|gwarant/iu,
  },
  {
    what: 'an exception',
    made: /(?<!\p{L})(?:as an? (?:one[- ]time |one[- ]off |special |rare )?(?:exception|courtesy|gesture|goodwill)|(?:gesture|sign|token) of (?:our )?(?:goodwill|good will|apology|appreciation)|goodwill (?:gesture|credit|payment|refund)|out of (?:courtesy|goodwill)|make an exception|just this once|on the house|aus kulanz|kulanzweise|kulanzhalber|kulanterweise|ausnahmsweise|als (?:zeichen|geste|wiedergutmachung|entschuldigung|dankeschön)|à titre (?:exceptionnel|commercial|gracieux)|geste commercial|exceptionnellement|por cortesía|como (?:gesto|excepción|cortesía|compensación)|excepcionalmente|a título excepcional|in via (?:eccezionale|del tutto eccezionale)|eccezionalmente|come gesto|a titolo di cortesia|w drodze wyjątku|wyjątkowo|w geście|w ramach (?:przeprosin|rekompensaty|gestu))(?!\p{L})/giu,
    carriedBy:
      /exception|goodwill|courtesy|kulanz|ausnahm|exceptionnel|geste|excepci|cortes|eccezion|wyjątk/iu,
  },
  { what: 'something for free', made: inSentence(given, gift), carriedBy: gifts },
  {
    what: 'a lower price',
    made: /(?<!\p{L})(?:half[- ]price|(?:at|for) half the price|half (?:of )?(?:the|your) (?:price|money|cost|amount)|\d{1,3} ?(?:%|percent|per cent|prozent|pour cent|por ciento|per cento|procent\p{L}{0,2}) (?:off|discount|rabatt|nachlass|günstiger|billiger|de (?:remise|réduction|descuento)|di sconto|rabatu|zniżki|taniej)|(?:[$€£] ?\d[\d.,]{0,12}|\d[\d.,]{0,12} ?[$€£]) (?:off|discount)|zum halben preis|à moitié prix|a mitad de precio|a metà prezzo|za pół ceny)(?!\p{L})/giu,
    carriedBy:
      /(?<!\p{L})(?:percent|per cent|discount|half price|rabatt|prozent|remise|descuento|sconto|rabat)|%/iu,
  },
  {
    what: 'something free of charge',
    made: /(?<!\p{L})(?:(?:free|kostenlose[nr]?|gratis) (?:express |standard )?(?:shipping|delivery|postage|versand|lieferung) (?:on|for|auf|für) (?:your|ihre[nr]?|the|die) (?:next|nächste[nr]?|future)|(?:we|i)(?:['’]ll| will| can| have| are going to)? (?:waive|waived|drop) (?:the|your|any|all)|(?:we|i) (?:will |can |['’]ll )?(?:upgrade|upgraded) you|free upgrade|(?:wir|ich) (?:verzichten|verzichte) auf|(?:erlassen|erlasse) (?:wir |ich )?ihnen|envío gratis (?:en|para) su próxim\p{L}+|livraison (?:offerte|gratuite) (?:sur|pour) votre prochaine|spedizione gratuita (?:sul|per il) (?:suo|tuo) prossimo)(?!\p{L})/giu,
    carriedBy: /(?<!\p{L})(?:waive|free (?:shipping|delivery|upgrade)|upgrade|verzicht|erlass)/iu,
  },
  {
    what: 'a decision nobody has taken',
    made: /(?<!\p{L})(?:(?:full |partial |your |the |a ){0,5}(?:refund|reimbursement|replacement|compensation|cancellation|claim)(?: (?:of|for) [^.!?\n]{1,40}?)? (?:(?:has (?:already |now )?been|have been|was) (?:approved|granted|authori[sz]ed|confirmed|paid|processed|issued)|is(?: now| hereby| already)? (?:approved|granted|authori[sz]ed))|(?:we|i) (?:have |['’]ve |hereby )?(?:already |now |just )?(?:approved|approve|authori[sz]ed?|granted|grant) (?:your|the|a|this)|(?:we|i) (?:have|['’]ve) (?:already |now |just )?(?:refunded|reimbursed|credited|paid)|(?:erstattung|rückzahlung|ersatz|storno|stornierung)[^.!?\n]{0,40} (?:wurde|ist|wird hiermit) (?:genehmigt|bewilligt|veranlasst|bestätigt|ausgezahlt)|(?:wir|ich) haben? ihnen [^.!?\n]{0,60}(?:erstattet|überwiesen|gutgeschrieben)|remboursement[^.!?\n]{0,40} (?:a été|est) (?:approuvé|accordé|validé|effectué|confirmé)|reembolso[^.!?\n]{0,40} (?:ha sido|está|fue) (?:aprobado|autorizado|concedido|realizado|confirmado)|rimborso[^.!?\n]{0,40} è stato (?:approvato|autorizzato|concesso|effettuato|confermato)|zwrot[^.!?\n]{0,40} (?:został|jest) (?:zatwierdzony|przyznany|zrealizowany|potwierdzony))(?!\p{L})/giu,
  },
];

/** How promises are made, one pattern a kind. */
export const promisePatterns: readonly RegExp[] = commitments.map(({ made }) => made);

/** Before a promise these take it back: "we cannot promise", "können wir nicht garantieren". */
const negation =
  /(?<!\p{L})(?:not|no|never|cannot|can['’]t|don['’]t|won['’]t|unable|nicht|keine?[nmrs]?|nie|ne|n['’]|pas|jamais|ningún|ninguna|nunca|non|nessun\p{L}?|mai|niestety|żadn\p{L}{1,3})(?!\p{L})[^.!?\n]{0,40}$/iu;
/** Before a decision these say that it is still to come: "once your refund has been approved". */
const condition =
  /(?<!\p{L})(?:if|whether|once|when|after|until|as soon as|falls|wenn|sobald|ob|si|dès que|cuando|se|quando|jeśli|gdy)(?!\p{L})[^.!?\n]{0,40}$/iu;
/** "Can you use a code?" asks. */
const asking = /(?<!\p{L})(?:can|could|would|do|did|may|should) $/iu;
const negationAfter =
  /^[^.!?\n]{0,40}?(?<!\p{L})(?:not|nicht|keine?[nmrs]?|pas|no|non|nie)(?!\p{L})/iu;

function isTakenBack(reply: string, { start, end }: Span, isDecision: boolean): boolean {
  const sentence =
    reply
      .slice(Math.max(0, start - 60), start)
      .split(/[.!?\n]/u)
      .at(-1) ?? '';
  return (
    negation.test(sentence) ||
    asking.test(sentence) ||
    (isDecision && condition.test(sentence)) ||
    negation.test(reply.slice(start, end)) ||
    (/garant|versprech|guarant|promis|promet|promess|obiec|gwarant/iu.test(
      reply.slice(start, end),
    ) &&
      negationAfter.test(reply.slice(end, end + 40)))
  );
}

/** What a promise may rest on: the quotes of the draft, the order facts, what we promised before. */
function carriers({ fields, input, policies }: CheckSubject): string[] {
  const quotes = fields.citations.flatMap(({ section, quote }) =>
    policies.sections.has(section) ? [quote] : [],
  );
  const ours = input.turns.filter(({ direction }) => direction === 'outbound');
  return [...quotes, ...factTexts(input), ...ours.map(({ text }) => text)];
}

export const promiseCheck: Check = {
  name: 'promises',
  inspect(subject) {
    const { reply } = subject.fields;
    const texts = carriers(subject);
    const broken = commitments.flatMap(({ what, made, carriedBy }) =>
      spansOf(reply, made)
        .filter(
          (span) =>
            !isTakenBack(reply, span, carriedBy === undefined) &&
            !texts.some((text) =>
              carriedBy ? carriedBy.test(text) : text.includes(reply.slice(span.start, span.end)),
            ),
        )
        .map((span) => ({ ...span, what })),
    );
    const kinds = [...new Set(broken.map(({ what }) => what))].join(', ');
    return findingAt(
      broken.toSorted((a, b) => a.start - b.start),
      () => `The reply gives what no cited policy, order fact or mail of ours carries: ${kinds}.`,
    );
  },
};
