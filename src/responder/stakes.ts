/** Tells from plain words when a mail has stakes that no canned answer should meet. */

import { instructionsIn } from './instructed-mail.ts';
import { foldAccents } from './terms.ts';

interface Stake {
  /** One sentence for the person who takes over. */
  reason: string;
  /** False where it is no customer's need: its hurry is not ours. */
  isCustomers: boolean;
  /** Over text without accents in lower case; a word may go on after its pattern. */
  words: RegExp;
}

function wordsLike(...patterns: string[]): RegExp {
  return new RegExp(`(?<!\\p{L})(?:${patterns.join('|')})`, 'u');
}

/** English, German, French, Spanish, Italian, Polish, in this order. First match counts. */
const stakes: readonly Stake[] = [
  {
    reason: 'The writer may be a danger to themselves. Please read this mail first.',
    isCustomers: true,
    words: wordsLike(
      '(?:kill|hang|shoot|drown|hurt|harm) myself',
      '(?:end|take|taking|ending) my (?:own )?life',
      'end it all',
      'suicidal|(?:commit|committing|attempted?|thinking (?:of|about)|thoughts of|my) suicide',
      "(?:do not|don't|no longer) want to (?:live|be alive|go on living)",
      '(?:i )?want to die(?!\\p{L})',
      'no reason to live',
      'better off (?:dead|without me)',
      'self[- ]harm',
      'mich umbring',
      'bringe? mich (?:jetzt |heute |noch )?um(?!\\p{L})(?! den verstand)',
      'mir das leben nehm',
      'nehme mir das leben',
      'selbstmord|suizid',
      'nicht mehr leben',
      '(?:will|mochte) (?:nur noch )?sterben',
      'mir (?:selbst )?etwas antu',
      'selbstverletz',
      'me suicider|suicidaire',
      'fin a mes jours',
      'en finir avec la vie',
      '(?:envie de|veux|voudrais) mourir(?! de (?:rire|faim))',
      'ne veux plus vivre',
      'me tuer(?!\\p{L})',
      'suicidarme|suicidio',
      'quitarme la vida',
      'matarme',
      'quiero morir(?:me)?(?! de)',
      'no quiero (?:seguir )?vivi',
      'acabar con mi vida',
      'hacerme dano',
      'suicidarmi',
      'togliermi la vita',
      'uccidermi|ammazzarmi',
      'voglio morire(?! (?:dal|di))',
      'non voglio piu vivere',
      'farmi del male',
      'samoboj',
      'zabic sie(?!\\p{L})',
      'zabije sie(?!\\p{L})',
      'odebrac sobie zycie',
      'nie chce (?:juz |mi sie juz )?zyc',
      'chce umrzec',
      'skonczyc ze soba',
      'zrobic sobie krzywde',
    ),
  },
  {
    reason: 'Someone may have been hurt, or the product may be dangerous.',
    isCustomers: true,
    words: wordsLike(
      'injur',
      'hurt (?:my|his|her|him|himself|herself|myself|me)',
      'burn(?:ed|t) (?:my|his|her|him|me)',
      'electric shock',
      'caught fire',
      "(?<!(?:you|guys|team|sales?)(?:'re| are| is) )on fire",
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
      'bless(?:ee?s?(?!\\p{L})|ure)',
      "(?:me suis|s'est|m'a|est|a) brule",
      'brulure',
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
    isCustomers: true,
    words: wordsLike(
      '(?:contact|call|consult|hire|instruct|involve|get|see|through|via|from|hear from|to|with) (?:my|our|a|an|the) (?:lawyer|attorney|solicitor)s?(?! friend)',
      '(?:my|our) (?:lawyer|attorney|solicitor)s? (?:will|is going|are going|has|have|is ready|advis|say|confirm|write|would|wants|needs)',
      "(?:lawyer|attorney|solicitor)'?s? letter",
      'legal (?:action|steps|proceedings|advice|consequences|department)',
      'small claims',
      'sue (?:you|your)',
      'court (?:order|case|action)',
      '(?:to|in|into) court',
      'ombudsman',
      'trading standards',
      'data protection authority',
      '(?:call|contact|inform|notify|tell|go(?:ing)? to|report(?:ed|ing)? (?:this|it|you)? ?to|file\\p{L}* (?:this |it )?with) the police',
      'police (?:report|complaint|officer|investigat)',
      'anw(?:alt|alte)(?!\\p{L})',
      'rechtsanw',
      'anwaltlich',
      'rechtliche schritte',
      'rechtsweg',
      '(?:vor|zum|bei|beim) (?:das |dem )?gericht(?!\\p{L})',
      'gerichtlich',
      '(?:amts|land)gericht',
      'verbraucherzentrale',
      '(?:straf)?anzeige (?:erstatt|stell|gegen|bei)',
      'strafanzeige',
      'zeige sie an',
      'polizei',
      'verklag',
      'avocat',
      'tribunal',
      'en justice',
      'mise en demeure',
      '(?:porte|porter|depose|deposer|deposerai|porterai) (?:une )?plainte',
      'abogad',
      '(?:los|les|voy a|vamos a) demanda',
      'interpon\\p{L}* (?:una )?demanda',
      'juzgado',
      'denunci[ao]',
      'avvocat',
      'vie legali',
      'diffida',
      'prawnik',
      'adwokat',
      '(?:do|w) sad(?:u|zie)(?!\\p{L})',
      'drog\\p{L} sadow',
      'pozew',
      'pozw(?:e|iemy)(?!\\p{L})',
      'rzecznik\\p{L}* konsument',
      'policj',
    ),
  },
  {
    reason: 'The mail speaks of a chargeback, a payment dispute or fraud.',
    isCustomers: true,
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
    reason: 'The mail asks us to sign in or to confirm details, as false mails do.',
    isCustomers: false,
    words: wordsLike(
      'unusual activity',
      'payouts? (?:is|are|has been|have been|will be) (?:suspended|frozen|on hold)',
      'your (?:merchant )?account (?:is|has been|will be) (?:suspended|limited|locked|frozen)',
      '(?:confirm|verify|update) your (?:bank|account|payment|billing|login|card) ?(?:details|information|data|account)?',
      'ungewohnliche\\p{L}* aktivitat',
      'bestatigen sie ihre (?:konto|zahlungs|bank|anmelde)?daten',
      'activite inhabituelle',
      'confirmez vos (?:coordonnees|informations|donnees)',
      'actividad inusual',
      'confirme sus datos',
      'attivita insolita',
      'confermi i suoi dati',
      'nietypow\\p{L}* aktywnos',
      'potwierdz\\p{L}* (?:swoje )?dane',
    ),
  },
  {
    reason: 'The mail concerns bank details.',
    isCustomers: true,
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
    isCustomers: false,
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
const longest = 60_000;
/** How much of the mail is shown with the reason, in UTF-16 units. */
const longestWords = 200;

/** What a mail has at stake. */
export interface FoundStake extends Pick<Stake, 'reason' | 'isCustomers'> {
  /** The sentence that says so, as it stands in the mail, shortened; empty where it is hidden. */
  words: string;
}

const fold = (text: string) => foldAccents(text).replace(/[’‘]/g, "'").replace(/\s+/g, ' ');

/** The first sentence of `text` that is like `words`. */
function sentenceWith(text: string, words: RegExp): string {
  const sentences = text.split(/(?<=[.!?])\s+|\n+/u);
  const found = sentences.find((sentence) => words.test(fold(sentence))) ?? '';
  return found.trim().slice(0, longestWords);
}

/** Why a person should answer this mail, or null. */
export function stakeOf(text: string): FoundStake | null {
  const shown = text.slice(0, longest);
  const instruction = instructionsIn(shown).find(({ isCertain }) => isCertain);
  if (instruction)
    return {
      reason: `The mail gives instructions to an automatic reader: it ${instruction.what}.`,
      isCustomers: false,
      words: '',
    };
  const folded = fold(shown);
  const stake = stakes.find(({ words }) => words.test(folded));
  if (!stake) return null;
  const { reason, isCustomers } = stake;
  return { reason, isCustomers, words: sentenceWith(shown, stake.words) };
}
