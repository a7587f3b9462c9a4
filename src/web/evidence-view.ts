/** What a draft rests on: its sources with their marks in the text, and the facts about its making. */

import type { FactSheet, WithheldReason } from '../domain/facts.ts';
import { blocksApproval } from '../domain/responder.ts';
import type { ShadowState } from '../domain/states.ts';
import type { DraftView } from '../storage/draft-view.ts';
import { citedPlace } from './cited-place.ts';
import type { Mark } from './marked-text.ts';
import { humanize, languageName } from './wording.ts';

/** The citations with their places in the reply; a number is given only to what is marked there. */
function placedCitations(reply: string, draft: DraftView) {
  let given = 0;
  return draft.citations.map((citation) => {
    const place = citedPlace(reply, citation.quote);
    return { ...citation, place, number: place === null ? null : ++given };
  });
}

/** The marks of a reply: what is cited, and what failed a check. */
export function marksOf(reply: string, draft: DraftView): Mark[] {
  const cites = placedCitations(reply, draft).flatMap(({ place, number }): Mark[] =>
    place === null || number === null ? [] : [{ ...place, kind: 'cite', number }],
  );
  const flaws = draft.checks
    .filter(blocksApproval)
    .flatMap(({ spans }, index) =>
      spans.map(({ start, end }): Mark => ({ start, end, kind: 'flaw', number: index + 1 })),
    );
  return [...cites, ...flaws];
}

const shadowStates: Readonly<Record<ShadowState, string>> = {
  queued: 'waits',
  drafting: 'is being drafted',
  drafted: 'drafted',
  failed: 'gave no draft',
};

/** That another responder drafted silently; its text is for comparisons, not for this page. */
function shadowText(shadow: DraftView['shadow']): string | null {
  return shadow === null ? null : `${shadow.responder}, ${shadowStates[shadow.state]}`;
}

function draftFacts(draft: DraftView, mailbox: string) {
  return {
    mailbox,
    category: draft.category === null ? null : humanize(draft.category),
    urgent: draft.urgency === 'urgent',
    language: draft.language === null ? null : languageName(draft.language),
    id: draft.id,
    // A responder without a name of its own is called by its prompt.
    responder: draft.responder === draft.prompt ? null : draft.responder,
    shadow: shadowText(draft.shadow),
    prompt:
      draft.prompt !== null && draft.released === false
        ? `${draft.prompt}, draft version`
        : draft.prompt,
    examples: draft.examples,
    model: draft.model,
    latencyMs: draft.latencyMs,
    costUsd: draft.costUsd,
    tokens:
      draft.inputTokens === null || draft.outputTokens === null || draft.model === 'offline'
        ? null
        : `${(draft.inputTokens + (draft.cacheReadTokens ?? 0)).toLocaleString('en-GB')} in, ${draft.outputTokens.toLocaleString('en-GB')} out`,
  };
}

/** Why the responder was told nothing; a person may know more than it. */
const withheldWords: Readonly<Record<WithheldReason, string>> = {
  sender_unverified: 'not told: the sender is not verified, or wants the answer elsewhere',
  belongs_to_another: 'not told: it belongs to another address',
  unknown: 'not known under this number',
  source_unavailable: 'not told: its source did not answer',
};

/** What the responder was told of orders and of the customer; null where there is nothing to show. */
function orderFacts(sheet: FactSheet | null) {
  if (sheet === null || sheet.records.length + sheet.withheld.length === 0) return null;
  return {
    records: sheet.records.map(({ kind, key, source, facts }) => ({
      title: kind === 'order' ? `Order ${key}` : key,
      source,
      facts,
    })),
    withheld: sheet.withheld.map(({ key, reason }) => ({ key, why: withheldWords[reason] })),
  };
}

/** @param titles the headings of the policies' sections, by their ids. */
export function evidence(draft: DraftView, mailbox: string, titles: ReadonlyMap<string, string>) {
  return {
    citations: placedCitations(draft.reply ?? '', draft).map(({ section, quote, number }) => ({
      number,
      quote,
      section,
      // A section that has left the policies since is named by its id.
      title: titles.get(section) ?? section,
    })),
    missing: draft.missing,
    orders: orderFacts(draft.facts),
    facts: draftFacts(draft, mailbox),
  };
}
