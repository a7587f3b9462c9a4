/** Tells from plain words when a mail has stakes that no canned answer should meet. */

import { foldAccents } from './terms.ts';

interface Stake {
  /** One sentence for the person who takes over. */
  reason: string;
  /** Over text without accents in lower case; a word may go on after its pattern. */
  words: RegExp;
}

function wordsLike(...patterns: string[]): RegExp {
  return new RegExp(`(?<!\\p{L})(?:${patterns.join('|')})`, 'u');
}

/** English, German, French, Spanish, Italian, Polish, in this order. First match counts. */
const stakes: readonly Stake[] = [
  {
    reason: 'The mail gives instructions to an automatic reader.',
    words: wordsLike(
      '(?:ignore|disregard|forget) (?:(?:all|any|of|the|these|your|previous|prior|above|earlier) ){1,4}(?:instructions|rules|polic|prompt)',
      '(?:note|notice|instructions?) (?:for|to) the (?:assistant|ai|model)',
      'system prompt',
      'you are now ',
      'as an ai',
      'ignorier\\p{L}* (?:alle|die|deine|ihre)',
      'ignore[zr] (?:toutes|les|vos) ',
      'ignora (?:todas|las|tutte|le) ',
      'zignoruj ',
    ),
  },
  {
    reason: 'Someone may have been hurt, or the product may be dangerous.',
    words: wordsLike(
      'injur',
      'hurt (?:my|his|her|him|himself|herself|myself|me)',
      'burn(?:ed|t) (?:my|his|her|him|me)',
      'electric shock',
      'caught fire',
      'on fire',
      '(?:it|they|lamp|cord|plug|socket)[^.]{0,20} (?:sparked|smoked|is smoking|is sparking|sparks)',
      'smoke (?:came|is coming|comes)',
      'hospital',
      'verletz',
      'verbrannt',
      'stromschlag',
      'brand geraten',
      'krankenhaus',
      'qualm',
      'funken',
      'bless(?:e|ure)',
      'brule',
      'decharge electrique',
      'prend feu',
      'pris feu',
      'hopital',
      'herid[oa]',
      'quemadura',
      'me he quemado',
      'descarga electrica',
      'incendi',
      'ferit[oa]',
      'ustion',
      'scossa',
      'ospedale',
      'skaleczy',
      'zrani',
      'poparz',
      'porazi',
      'zapali(?:l|\\p{L}*) sie',
      'szpital',
    ),
  },
  {
    reason: 'The mail mentions a lawyer, a court or an authority.',
    words: wordsLike(
      'lawyer',
      'attorney',
      'solicitor',
      'legal action',
      'legal steps',
      'small claims',
      'sue (?:you|your)',
      'court (?:order|case|action)',
      '(?:to|in|into) court',
      'ombudsman',
      'trading standards',
      'data protection authority',
      'police',
      'anwalt',
      'anwalt\\p{L}*',
      'rechtsanw',
      'rechtliche schritte',
      'gericht(?!et)',
      'verbraucherzentrale',
      'anzeige',
      'polizei',
      'verklag',
      'avocat',
      'tribunal',
      'justice',
      'mise en demeure',
      'plainte',
      'abogad',
      'demanda(?:r|re) ',
      'juzgado',
      'denuncia',
      'avvocat',
      'vie legali',
      'diffida',
      'prawnik',
      'adwokat',
      'sadu?(?!\\p{L})',
      'rzecznik\\p{L}* konsument',
      'policj',
    ),
  },
  {
    reason: 'The mail speaks of a chargeback, a payment dispute or fraud.',
    words: wordsLike(
      'charge ?back',
      'dispute (?:the|this|with)',
      'fraud',
      'scam',
      'stolen card',
      'ruckbuchung',
      'zuruckbuchen',
      'betrug',
      'betruger',
      'retrofacturation',
      'fraude',
      'arnaque',
      'contracargo',
      'estafa',
      'truffa',
      'frode',
      'storno platnosci',
      'oszust',
    ),
  },
  {
    reason: 'The mail concerns bank details.',
    words: wordsLike(
      'iban',
      'new bank account',
      'another bank account',
      'different (?:bank )?account',
      'bank details',
      'bankverbindung',
      'neues konto',
      'anderes konto',
      'nouveau compte bancaire',
      'autre compte',
      'cuenta bancaria',
      'otra cuenta',
      'conto bancario',
      'altro conto',
      'numer konta',
      'inne konto',
    ),
  },
  {
    reason: 'The mail comes from the press or offers business.',
    words: wordsLike(
      'journalist',
      'newspaper',
      'press (?:inquiry|enquiry|office|request)',
      'reporter',
      'influencer',
      'wholesale',
      'partnership',
      'redaktion',
      'presseanfrage',
      'kooperation',
      'journal(?:e|is)te',
      'redaction',
      'partenariat',
      'periodista',
      'periodico',
      'colaboracion',
      'giornalist',
      'collaborazione commerciale',
      'dziennikar',
      'wspolprac',
    ),
  },
];

/** Longest text that is looked at, in UTF-16 units. */
const longest = 20_000;

/** Why a person should answer this mail, or null. */
export function stakeOf(text: string): string | null {
  const folded = foldAccents(text.slice(0, longest)).replace(/\s+/g, ' ');
  return stakes.find(({ words }) => words.test(folded))?.reason ?? null;
}
