/** Cuts a text into the terms that retrieval compares: folded, without filler words. */

/**
 * Filler words of mails in the languages we ship, accents folded as `termsOf` does. How, when, where
 * and not are none: they tell a question from another one in the same words.
 */
const fillers = new Set(
  [
    'a about also am an and any are as at be been but by can could did do does for from get got',
    'had has have hello help hi i if in is it its just like me my of on or our out',
    'please regards so some team thank thanks that the their them there they this to up us very',
    'was we well were what will with would you your dear kind best cheers',
    'aber als am an auch auf aus bei bin bitte da danke das dass dem den der des die diese ein eine',
    'einen einem einer er es fur gruss grusse guten hab habe haben hallo ich ihr ihre ihnen im in',
    'ist ja kann konnen mein meine meinen meiner mich mir mit nach noch nur oder schon sehr',
    'geehrte damen herren sie sind so tag uber um und uns von vielen vor war was wenn wir wird',
    'wurde zu zum zur gern gerne hatte hatten mochte mochten einmal mal dann jetzt hier freundlichen freundliche liebe lieber',
    'au aux avec bonjour ca ce ces cette comme dans de des du elle en est et etre il je la le les',
    'leur ma mais me merci mes moi mon ne nous ou par pour pouvez que qui sa se ses si son suis',
    'sur un une votre vos vous y cordialement madame monsieur salutations ai avez avons',
    'al buenas buenos con cual de del el ella en era es esta este estoy fue gracias ha han he',
    'hola la las le les lo los me mi mis muy nos o para pero por puede que se si sin su sus un',
    'una y ya saludos dias tardes tengo usted ustedes',
    'alla anche buongiorno che ci con cosa da dal dei del della di e grazie gli ha ho i il in',
    'io la le lo ma mi mia mio ne nel o per piu questo questa salve sono su un una vi',
    'saluti cordiali vorrei avete',
    'aby ale bardzo bo by byc czy dla do dzien dobry go i ich ja jest juz lub ma mam mi mnie',
    'moj moja moje na o od oraz pan pani panstwo po prosze sie sa ten ta to tym w we witam z za',
    'ze zostal pozdrawiam dziekuje moge',
    'one two three zwei drei deux trois dos tres due tre dwa dwie trzy',
  ].flatMap((line) => line.split(' ')),
);

/**
 * Endings of inflected words in the languages we ship, without accents. The longest that leaves four
 * letters is taken off.
 */
const ending =
  /(?<=.{4})(?:ungen|ings|ing|ung|ied|ies|ent|ees|ern|ach|ami|ed|es|en|er|ee|ez|em|ow|os|as|ai|[synaoiue])$/;
/** Long words are cut, which folds together what a list of endings does not. */
const longestStem = 8;

/**
 * Folds most forms of a word together: returned, returning; Rechnung, Rechnungen. One list for all
 * languages, because a mail mixes them; on English mail it does as well as Porter's stemmer.
 * Two rounds, so that `returns` ends where `return` does, whose own end looks like an ending.
 */
function stem(word: string): string {
  return word.replace(ending, '').replace(ending, '').slice(0, longestStem);
}

/** Accents folded, lower case: `Überweisung` gives `uberweisung`. */
export function foldAccents(text: string): string {
  // ł has no decomposition; ß folds to ss as it does in capitals.
  return text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ł', 'l')
    .replaceAll('ß', 'ss');
}

/** The terms of a text in their order, repetitions kept. Numbers are left out. */
export function termsOf(text: string): string[] {
  const folded = foldAccents(text).replace(/n['’]t\b/g, 'nt');
  const words = folded.match(/\p{L}{2,}/gu) ?? [];
  return words.filter((word) => !fillers.has(word)).map(stem);
}

/** Terms that stand in half of all mails to a shop and say little about what is wanted. */
export const everydayTerms: ReadonlySet<string> = new Set(
  termsOf('order ordered bestellung bestellt commande pedido ordine ordinato zamówienie'),
);
