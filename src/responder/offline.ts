/**
 * The responder that needs no model: it answers with the approved reply to the most similar mail,
 * or says that a person is needed. The same mail always gets the same draft.
 */

import { normalizeReply } from '../domain/decision.ts';
import type { DraftInput, ReplyFields, Responder } from '../domain/responder.ts';
import { layoutVersion, userTurn } from './assemble.ts';
import { runChecks } from './checks.ts';
import { type ExampleIndex, type ExampleMatch, openExampleIndex } from './example-index.ts';
import type { Example } from './examples.ts';
import { identify } from './identity.ts';
import { detectLanguage } from './language.ts';
import type { Material } from './material.ts';
import { stakeOf } from './stakes.ts';
import { urgencyOf } from './urgency.ts';

/** How many similar mails are looked at. */
const shownMatches = 3;
const searchedMatches = 20;

/**
 * Least likeness at which an approved reply answers a mail.
 *
 * Set on the invented mails of test/responder/offline-mails.ts and those of the sandbox, against
 * the shipped examples: the right examples lie between 0.16 and 0.8, the best ones of mails that no
 * example answers below 0.12.
 */
const leastLikeness = 0.15;
/**
 * Least share of the mail's own words that the approved reply's mail must have, whatever its
 * likeness: one common word in a text about something else is no answer. On the same mails, right
 * examples cover 0.22 and more.
 */
const leastCoverage = 0.2;
/** In a running exchange a canned answer seldom fits, so it must match better. */
const leastLikenessLater = 0.25;

/** What the offline responder decided, and why. */
interface Choice {
  match: ExampleMatch | null;
  /** Why a person is needed; null when the match answers. */
  reason: string | null;
}

function matchesFor(index: ExampleIndex, input: DraftInput): ExampleMatch[] {
  const text = input.turns.at(-1)?.text ?? '';
  const { language, reliable } = detectLanguage(`${input.subject}\n${text}`);
  // The subject of a later mail still says what the first one asked.
  const subject = input.turns.length > 1 ? '' : input.subject;
  const found = index.search({ subject, text, language }, searchedMatches);
  // A language told from a few words may be wrong; then the best match says what it is.
  const spoken = reliable ? language : found[0]?.example.language;
  return found.filter(({ example }) => example.language === spoken);
}

function leastFor(input: DraftInput): number {
  return input.turns.length > 1 ? leastLikenessLater : leastLikeness;
}

function choose(matches: readonly ExampleMatch[], input: DraftInput): Choice {
  const stake = stakeOf(`${input.subject}\n${input.turns.at(-1)?.text ?? ''}`);
  const match = matches[0] ?? null;
  if (stake !== null) return { match, reason: stake };
  const sent = input.turns.filter(({ direction }) => direction === 'outbound');
  // Neither what a person rejected here nor what the customer has already read helps again.
  const refused = new Set(
    [...input.rejected.map(({ reply }) => reply), ...sent.map(({ text }) => text)].map(
      normalizeReply,
    ),
  );
  const open = matches.filter(({ example }) => !refused.has(normalizeReply(example.reply)));
  // A second proposal must at least be about the same matter as the one that was rejected.
  const about = input.rejected.length > 0 ? match?.example.category : undefined;
  const best = open.find(({ example }) => about === undefined || example.category === about);
  if (best && best.likeness >= leastFor(input) && best.coverage >= leastCoverage)
    return { match: best, reason: null };
  if (match && open.length < matches.length)
    return { match, reason: 'The approved replies that fit were already sent or rejected here.' };
  return { match, reason: 'No approved reply answers a mail like this one.' };
}

function fieldsOf({ match, reason }: Choice, input: DraftInput): ReplyFields {
  const text = `${input.subject}\n${input.turns.at(-1)?.text ?? ''}`;
  const example = match?.example;
  const detected = detectLanguage(text);
  const isAnswered = reason === null && example !== undefined;
  return {
    // Without an answer the category is only a guess, so the guess must be a good one.
    category:
      isAnswered || (match?.likeness ?? 0) >= leastLikenessLater
        ? (example?.category ?? 'other')
        : 'other',
    urgency: urgencyOf(text),
    language: (isAnswered ? example.language : detected.language) || 'en',
    reply: isAnswered ? example.reply : '',
    citations: isAnswered ? example.citations.map((citation) => ({ ...citation })) : [],
    missing: [],
    needsPerson: !isAnswered,
    needsPersonReason: reason,
  };
}

/**
 * The offline responder.
 *
 * @param examples what it may answer with: the shipped examples, and approved replies later.
 */
export function offlineResponder(material: Material, examples: readonly Example[]): Responder {
  const index = openExampleIndex(examples);
  const identity = identify({
    prompt: material.prompt.version,
    promptSha256: material.prompt.sha256,
    policySetSha256: material.policies.sha256,
    examplesSha256: material.examplesSha256,
    model: 'offline',
    settings: { leastLikeness, leastLikenessLater, leastCoverage, layout: layoutVersion },
    system: material.system.system,
  });
  return {
    identity,
    async draft(input, signal) {
      signal.throwIfAborted();
      const began = performance.now();
      const matches = matchesFor(index, input);
      const fields = fieldsOf(choose(matches, input), input);
      const { policies, linkDomains } = material;
      const seen = matches.slice(0, shownMatches).map(({ example }) => example);
      return {
        fields,
        checks: runChecks({ fields, input, policies, linkDomains }),
        // Laid out as a model would see it, so that approved drafts train a model as they are.
        userTurn: userTurn(input, seen),
        usage: { inputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 0 },
        costUsd: 0,
        latencyMs: Math.round(performance.now() - began),
        requestId: null,
      };
    },
  };
}
