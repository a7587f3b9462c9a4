/** Check: the reply tells nothing of our instructions, of what was planted in them, or of other customers. */

import { foldAccents } from '../terms.ts';
import { type Check, type CheckSubject, findingAt, type Span, spansOf } from './check.ts';
import { backingTexts, conversationTexts, ofPolicyTexts, ourTexts, unionOf } from './evidence.ts';
import { repeatedRuns, vocabularyOf } from './words.ts';

/** So many words in a row are no coincidence. */
const shortestRun = 8;
/** Shorter codes occur by chance once everything between their letters is taken out. */
const shortestCode = 8;

/** Names that only our own request has: fences, fields of the answer, talk of the machine behind it. */
const internals =
  /<\/?data-[0-9a-f]{16}|data-[0-9a-f]{16}|needs_person(?:_reason)?|\bsystem prompt\b|\bmy (?:system )?(?:instructions|prompt)\b|\bas an? (?:ai|artificial intelligence|(?:large )?language model)\b|\bals (?:ki|sprachmodell)\b|\ben tant qu['’](?:ia|intelligence artificielle)\b|\bcomo (?:una ia|modelo de lenguaje)\b|\bcome (?:ia|modello linguistico)\b|\bjako (?:ai|model językowy)\b/giu;

/** A code: letters and digits mixed, or three words and more tied together. */
const code = /[\p{L}\p{N}]+(?:[-_][\p{L}\p{N}]+)*/gu;

function isCode(token: string): boolean {
  const bare = token.replace(/[-_]/g, '');
  if (bare.length < shortestCode) return false;
  const isMixed = /\d/.test(bare) && /\p{L}/u.test(bare);
  return isMixed || token.split(/[-_]/).length > 2 || /canary/i.test(token);
}

/** In a policy a code may be told to customers; what looks planted must at least be cited. */
function isPlanted(token: string): boolean {
  const digits = token.match(/\d/g)?.length ?? 0;
  return (
    /canary|internal|secret|confidential/i.test(token) || (digits >= 4 && /\p{L}/u.test(token))
  );
}

const bareOf = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

function codesIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.match(code) ?? []).filter(isCode);
}

/** The reply without all that could be put between the letters of a code, and where each came from. */
function bareReply(reply: string): { bare: string; places: number[] } {
  let bare = '';
  const places: number[] = [];
  for (let at = 0; at < reply.length; at++) {
    const letter = reply[at] ?? '';
    if (!/[\p{L}\p{N}]/u.test(letter)) continue;
    const lower = letter.toLowerCase();
    bare += lower;
    for (let i = 0; i < lower.length; i++) places.push(at);
  }
  return { bare, places };
}

const policyCodes = ofPolicyTexts(
  (text) => ({ told: bareOf(text), planted: codesIn([text]).filter(isPlanted) }),
  (parts) => ({
    told: parts.map(({ told }) => told).join(''),
    planted: parts.flatMap(({ planted }) => planted),
  }),
);

function secretCodes({
  instructions,
  examples,
  policies,
  fields,
  ...rest
}: CheckSubject): string[] {
  const subject = { instructions, examples, policies, fields, ...rest };
  const quoted = fields.citations.map(({ quote }) => quote);
  const { told, planted } = policyCodes(policies);
  const open = bareOf([...conversationTexts(subject), ...quoted].join(' '));
  const ours = codesIn([instructions, ...examples.map(({ mail }) => mail)]).filter(
    (token) => !told.includes(bareOf(token)),
  );
  return [...new Set([...ours, ...planted].map(bareOf))].filter((bare) => !open.includes(bare));
}

function codeSpans(subject: CheckSubject): Span[] {
  const { bare, places } = bareReply(subject.fields.reply);
  return secretCodes(subject).flatMap((secret) => {
    const at = bare.indexOf(secret);
    const start = places[at];
    const last = places[at + secret.length - 1];
    return at < 0 || start === undefined || last === undefined ? [] : [{ start, end: last + 1 }];
  });
}

/** The ids by which policy sections are cited: customers never see them. */
function sectionIds({ fields, policies }: CheckSubject): Span[] {
  return spansOf(fields.reply, /[\p{L}\p{N}_.-]{1,80}#[a-z0-9-]{1,80}/gu).filter(({ start, end }) =>
    policies.sections.has(fields.reply.slice(start, end)),
  );
}

/** Names under the mails of other customers, as far as the last line is one. */
function signersOf({ examples }: CheckSubject): string[] {
  return examples.flatMap(({ mail }) => {
    const last = mail.trimEnd().split('\n').at(-1)?.trim() ?? '';
    const names = (/[,:]\s*([^,:]*)$/.exec(last)?.[1] ?? last).split(/\s+/);
    const isName = names.length <= 4 && names.every((name) => /^\p{Lu}[\p{L}.'’-]*$/u.test(name));
    return isName ? names.filter((name) => name.replace(/\P{L}/gu, '').length > 2) : [];
  });
}

const policyWords = ofPolicyTexts((text) => vocabularyOf([text]), unionOf);

function otherCustomers(subject: CheckSubject): Span[] {
  const { reply } = subject.fields;
  const said = vocabularyOf([...conversationTexts(subject), ...ourTexts(subject.input)]);
  const known = said.union(policyWords(subject.policies));
  const strangers = new Set(
    signersOf(subject)
      .map(foldAccents)
      .filter((name) => !known.has(name)),
  );
  return spansOf(reply, /\p{Lu}[\p{L}'’-]+/gu).filter(({ start, end }) =>
    strangers.has(foldAccents(reply.slice(start, end))),
  );
}

/** Words of our instructions that stand nowhere where a customer may read them. */
function toldInstructions(subject: CheckSubject): Span[] {
  const { fields, instructions, examples } = subject;
  const open = [
    ...backingTexts(subject),
    ...conversationTexts(subject),
    ...examples.map(({ reply }) => reply),
  ];
  return repeatedRuns(fields.reply, [instructions], open, { length: shortestRun, inClause: false });
}

export const leakCheck: Check = {
  name: 'leaks',
  inspect(subject) {
    const spans = [
      ...toldInstructions(subject),
      ...codeSpans(subject),
      ...sectionIds(subject),
      ...spansOf(subject.fields.reply, internals),
      ...otherCustomers(subject),
    ].sort((a, b) => a.start - b.start);
    return findingAt(
      spans,
      () => 'The reply tells something of our instructions or of other customers.',
    );
  },
};
