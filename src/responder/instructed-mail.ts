/** Tells when a mail gives orders to a machine that reads it, also where they are hidden or encoded. */

import type { DraftInput } from '../domain/responder.ts';
import { shownMessages } from './assemble.ts';
import { foldAccents } from './terms.ts';

/** What a marker says of a mail. */
export interface Instruction {
  /** One clause for the reviewer: what the mail does. */
  what: string;
  /** True where no customer writes so by chance; then a person takes over. */
  isCertain: boolean;
}

interface Marker extends Instruction {
  /** Over folded text, or over the text as it is when `raw`. */
  words: RegExp;
  raw?: boolean;
}

/** What the orders are called that a model was given; "instructions about the address" are a customer's own. */
const orders =
  '(?:instruction|order|rule|guideline|directive|prompt|polic(?:y|ie)|constraint|system message|command)s?(?!\\p{L})(?! (?:about|regarding|concerning|on|for|from me|i |we |in my|of my|that i|printed|in the (?:box|manual|parcel)|that came))';
const earlier =
  '(?:(?:all|any|every|each|the|these|those|your|previous|prior|above|earlier|preceding|former|existing|original|initial|safety|system|of) ){1,5}';

const markers: readonly Marker[] = [
  {
    what: 'tells a machine to set its instructions aside',
    isCertain: true,
    words: new RegExp(
      `(?<!\\p{L})(?:(?:ignore|disregard|forget|override|bypass|discard|drop) ${earlier}${orders}|ignorier\\p{L}* (?:sie )?(?:bitte )?(?:alle|samtliche|deine|ihre|die|meine)?[^.!?\\n]{0,20} ?(?:anweisung|instruktion|regel|vorgabe)\\p{L}*(?! (?:zu|zur|zum|uber|fur|von mir))|verg(?:iss|essen sie) (?:alle|deine|ihre|die)[^.!?\\n]{0,20} (?:anweisung|instruktion|regel|vorgabe)|(?:ignore[zr]?|oublie[zr]?|ne tenez pas compte de) (?:toutes |tes |vos |les )+(?:instructions|consignes|regles)|(?:olvida|olvide|ignora|ignore) (?:todas |las |tus |sus )+(?:instrucciones|reglas|ordenes)|(?:ignora|ignori|dimentica|dimentichi) (?:tutte |le |tue |sue )+(?:istruzioni|regole)|(?:zignoruj|pomin|zapomnij)[^.!?\\n]{0,25} (?:instrukcj|polecen|zasad)|negeer (?:alle |je |de |uw )+[^.!?\\n]{0,15}instructies|ignore (?:todas |as |suas )+instrucoes)`,
      'u',
    ),
  },
  {
    what: 'speaks in the signs of a model’s own input',
    isCertain: true,
    raw: true,
    words:
      /<\|[^|>\n]{1,40}\|?>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:system|assistant|instructions?|untrusted[\w-]*|user_?(?:message|input|prompt)|customer_?(?:message|mail|email)|tool_?(?:result|output|call)|data-[0-9a-f]{8,})\b[^<>]{0,60}>|##\s?\(?(?:system|assistant|instruction)|^[ \t>]*(?:system|assistant)\s?:|"(?:instructions?|system|system_prompt|tool_calls?|policy_id|needs_person|approved)"\s?:|<\/?(?:INFORMATION|IMPORTANT)>|(?:begin|end) (?:approved draft|system|instructions)|tool (?:result|output)\s?:/imu,
  },
  {
    what: 'addresses a machine as its reader',
    isCertain: true,
    words:
      /(?<!\p{L})(?:if (?:you are|you're) (?:an? )?(?:ai|llm|bot|chatbot|language model|automated|assistant|machine)|(?:ai|llm|language model|assistant|bot)s? (?:reading|processing|answering|that reads) this|(?:note|notice|message|instructions?|attention|hint|memo)s? (?:for|to) (?:the |any |all )?(?:ai|llm|assistant|(?:language )?model|bot|agent)(?!\p{L})|to you, the (?:ai|assistant|model|bot|agent)|you are (?:now )?(?:an? )?(?:ai|llm|language model|dan|unrestricted|jailbroken)(?!\p{L})|you are now (?:a|an|in|the) |wenn du (?:eine? )?(?:ki|sprachmodell|assistent|bot)|si tu es une? (?:ia|assistant|modele)|si eres (?:una? )?(?:ia|asistente|modelo)|se sei (?:un[ao']? ?)?(?:ia|assistente|modello)|jesli jestes (?:modelem|asystentem|ai|botem))/u,
  },
  {
    what: 'claims a mode in which no rules hold',
    isCertain: true,
    words:
      /(?<!\p{L})(?:(?:in|enter|enable|activate|switch to) (?:test|developer|debug|admin|god|dan|maintenance|unrestricted|jailbreak) mode|(?:the )?(?:rules|guidelines|restrictions|filters) (?:are|do not|don't) (?:off|disabled|suspended|lifted|apply)|engineer testing you|strictly (?:adhere to|follow) the following (?:instruction|order|rule)|do the following instead|before you can solve the task|follow(?:ing)? (?:only )?(?:this|these) (?:new )?instructions?(?: only)?|(?:und )?befolge (?:nur )?(?:diese|folgende)|y haz (?:esto|lo siguiente))/u,
  },
  {
    what: 'asks for our instructions or for what other customers wrote',
    isCertain: true,
    words:
      /(?<!\p{L})(?:(?:your|the|full|entire|complete|hidden|initial|internal) system prompt|(?:reveal|print|show|include|repeat|output|display|quote|give|paste|copy|translate|summari[sz]e|send)[^.!?\n]{0,40} (?:system prompt|(?:your|internal|hidden) (?:full |initial |system )*(?:prompt|instructions|rules|guidelines|polic))|(?:name|address|order|data|details|e-?mail|phone)[^.!?\n]{0,40} (?:of|from) (?:the|an?|any|all|every)? ?(?:other|another|previous|last|next|recent) (?:customer|person|client|buyer)|(?:customer|person|client|buyer)s? (?:who|that) wrote (?:before|last|previously)|systemprompt|prompt (?:du )?systeme|prompt del sistema|prompt di sistema)/u,
  },
  {
    what: 'asks for text of its choosing, word for word',
    isCertain: true,
    words:
      /(?<!\p{L})(?:(?:write|include|insert|repeat|output|say|copy|add|put|append|print|reply with)[^.!?\n]{0,60} (?:exact (?:string|words|text|phrase)|word for word|verbatim|markdown image)|(?:exact|following) string|state this as (?:the )?(?:official|our) policy|confirm in (?:the|your) (?:reply|answer|response))/u,
  },
  {
    what: 'tells how the mail is to be handled without a person',
    isCertain: true,
    words:
      /(?<!\p{L})(?:without (?:any )?(?:human|manual|further) (?:review|approval|check|oversight)|no human (?:review|approval|should)|auto-?(?:approve|send)|(?:mark|set|flag|classify|label|rate)[^.!?\n]{0,50} (?:as|to) (?:approved|spam|gold|auto)|so that (?:nobody|no one|no human)|(?:gold|golden) example|example for training|write no draft|with confidence \d|ohne menschliche (?:prufung|freigabe)|sans (?:verification|validation) humaine|sin revision humana|senza revisione umana|bez (?:sprawdzenia|akceptacji) przez czlowieka)/u,
  },
  {
    what: 'asks to decode something and to follow it',
    isCertain: true,
    words:
      /(?<!\p{L})(?:(?:decode|decipher|decrypt)[^.!?\n]{0,60} (?:base ?64|rot-?13|hex|and (?:do|follow|obey|execute))|(?:apply|use) rot-?13|rot-?13 (?:and|to|:)|base ?64[^.!?\n]{0,40} (?:follow|obey|do what|execute|instructions))/u,
  },
  {
    what: 'says what the reply is to contain',
    isCertain: false,
    words:
      /(?<!\p{L})(?:(?:write|include|insert|add|append|integrate|mention|embed|put|incorporate|modify|augment|enhance)[^.!?\n]{0,60} (?:in|into|to|at the end of) (?:your|the) (?:reply|response|answer|draft|message)|(?:in|modify|augment|enhance|convert|encode|encrypt|render|write|provide) your (?:reply|response|answer)|(?:send|forward|cc|bcc)[^.!?\n]{0,40} (?:copy|this reply|your reply|this answer)[^.!?\n]{0,30} to )/u,
  },
];

/** Longest text that is looked at, in UTF-16 units: more than a request shows of usual mails. */
const longest = 60_000;
const mostRuns = 20;

/** Letters and signs that take no place: soft hyphen, zero-width characters, direction marks. */
const placeless =
  /\u034f|[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff]/gu;
const tagRun = /[\u{e0020}-\u{e007e}]+/gu;
const base64Run = /(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{24,4000}={0,2}/g;

function decodedTags(run: string): string {
  return [...run]
    .map((sign) => String.fromCodePoint((sign.codePointAt(0) ?? 0) - 0xe0000))
    .join('');
}

/** The text of a base64 run; empty when it is none. */
function decodedBase64(run: string): string {
  const text = Buffer.from(run, 'base64').toString('utf8');
  return /^[\t\n\r\x20-\x7e\u00a0-\u024f]{8,}$/u.test(text) && /\s/.test(text) ? text : '';
}

function rot13(text: string): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/**
 * A text with all that is hidden in it behind it: tag characters and base64 as text, and rot13
 * where it is spoken of. Looks at no more than 60,000 characters.
 */
export function revealed(text: string): string {
  const shown = text.slice(0, longest);
  const tags = [...shown.matchAll(tagRun)].slice(0, mostRuns).map(([run]) => decodedTags(run));
  const visible = [shown.replace(tagRun, '').replace(placeless, ''), ...tags].join('\n');
  const decoded = [...visible.matchAll(base64Run)]
    .slice(0, mostRuns)
    .map(([run]) => decodedBase64(run));
  const turned = /rot-?13/i.test(visible) ? [rot13(visible)] : [];
  return [visible, ...decoded.filter((found) => found !== ''), ...turned].join('\n');
}

/** What a text tells a machine, most certain first; empty when nothing. */
export function instructionsIn(text: string): Instruction[] {
  const raw = revealed(text);
  const folded = foldAccents(raw)
    .replace(/[’‘]/g, "'")
    .replace(/\s+/g, (blank) => (blank.includes('\n') ? '\n' : ' '));
  return markers
    .filter((marker) => marker.words.test(marker.raw ? raw : folded))
    .map(({ what, isCertain }) => ({ what, isCertain }));
}

/** The signs in a text that a request leaves out and that may spell something all the same. */
function hiddenIn(text: string): string {
  return [...text.matchAll(tagRun)].slice(0, mostRuns).join('');
}

/**
 * All that a stranger wrote since we last did, where a responder reads it: subject, names, the mails
 * with the names of their files, cut as a request shows them. The newest mail stands first.
 */
export function strangersWords({ subject, turns, customer }: DraftInput): string {
  const messages = shownMessages(turns);
  const ours = messages.findLastIndex(({ turn }) => turn.direction === 'outbound');
  const since = messages.slice(ours + 1).reverse();
  const names = new Set([customer.name, ...since.map(({ turn }) => turn.from.name)]);
  const hidden = since.map(({ turn }) => hiddenIn(turn.text));
  return [subject, ...names, ...since.map(({ body }) => body), ...hidden].join('\n');
}
