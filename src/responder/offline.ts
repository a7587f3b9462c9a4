/**
 * The responder that needs no model: it answers with the approved reply to the most similar mail,
 * or says that a person is needed. The same mail always gets the same draft.
 */

import { normalizeReply } from '../domain/decision.ts';
import {
  blocksApproval,
  type DraftInput,
  type ReplyFields,
  type Responder,
} from '../domain/responder.ts';
import { layoutVersion, userTurn } from './assemble.ts';
import { checkDraft } from './checks.ts';
import type { ExampleIndex, ExampleMatch, IndexedExample } from './example-index.ts';
import type { Example } from './examples.ts';
import { identify } from './identity.ts';
import { strangersWords } from './instructed-mail.ts';
import { detectLanguage } from './language.ts';
import type { Material } from './material.ts';
import { foldedText, isAbout } from './matter.ts';
import { filled } from './slots.ts';
import { stakeOf } from './stakes.ts';
import { urgencyOf } from './urgency.ts';

/** How many similar mails are looked at. */
const shownMatches = 3;
const searchedMatches = 20;

/**
 * Least likeness at which an approved reply answers a mail that its own words (`about`) fit.
 *
 * Measured on 544 real mails to other shops that the words were not written for: 34 of 129 answers
 * were wrong; by likeness and coverage alone 49 of 83.
 */
const leastLikenessAbout = 0.12;
/** The same for an example without such words, where likeness alone decides. */
const leastLikeness = 0.15;
/**
 * Least share of the mail's own words that the mail of an example without `about` must have: one
 * common word in a text about something else is no answer.
 */
const leastCoverage = 0.2;
/**
 * The same for a reply that was approved for one customer: its mail must be like this one in its
 * words, and most of what was found must be of its category.
 *
 * Chosen by cross-validation among 544 answered mails: 44 of 100 answered, 87 % of them with the
 * same of 46 wishes, and none of 63 mails that no shop should answer. With a likeness of .4 alone
 * it is 67 of 100 and 80 %.
 */
const pooled = { leastLikeness: 0.5, leastCoverage: 0.3, neighbours: 5, leastAgreement: 0.8 };
/** In a running exchange a canned answer seldom fits, so likeness alone must be greater. */
const leastLikenessLater = 0.25;
/** A second matter counts when it fits at least this share of the first one's. */
const secondMatterShare = 0.9;

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
  const customer = input.customer.address;
  const mailbox = input.mailbox.name;
  const found = index.search({ subject, text, language, customer, mailbox }, searchedMatches);
  // A language told from a few words may be wrong; then the mailbox or the best match says what it is.
  const spoken = reliable ? language : (input.mailbox.language ?? found[0]?.example.language);
  return found.filter(({ example }) => example.language === spoken);
}

/** A reply that is sent as it stands should be about the matter in the mail's own words. */
function fitOf({ score, likeness }: ExampleMatch): number {
  return score * Math.sqrt(likeness);
}

/** Those matches that are like enough to the mail and about its matter, best first. */
function answering(matches: readonly ExampleMatch[], input: DraftInput): ExampleMatch[] {
  const subject = input.turns.length > 1 ? '' : input.subject;
  const text = foldedText(`${subject}\n${input.turns.at(-1)?.text ?? ''}`);
  const least = input.turns.length > 1 ? leastLikenessLater : leastLikeness;
  const neighbours = matches.slice(0, pooled.neighbours);
  const agreeing = ({ category }: IndexedExample) =>
    neighbours.filter(({ example }) => example.category === category).length;
  const fitting = matches.filter(({ example, likeness, coverage }) =>
    example.customer
      ? likeness >= Math.max(pooled.leastLikeness, least) &&
        coverage >= pooled.leastCoverage &&
        agreeing(example) >= pooled.leastAgreement * neighbours.length
      : example.about.length > 0
        ? likeness >= leastLikenessAbout && isAbout(example, text)
        : likeness >= least && coverage >= leastCoverage,
  );
  return fitting.toSorted((a, b) => fitOf(b) - fitOf(a));
}

function choose(matches: readonly ExampleMatch[], input: DraftInput): Choice {
  const stake = stakeOf(strangersWords(input));
  const match = matches[0] ?? null;
  if (stake !== null) return { match, reason: stake.reason };
  const sent = input.turns.filter(({ direction }) => direction === 'outbound');
  // Neither what a person rejected here nor what the customer has already read helps again.
  const refused = new Set(
    [...input.rejected.map(({ reply }) => reply), ...sent.map(({ text }) => text)].map(
      normalizeReply,
    ),
  );
  const fitting = answering(matches, input);
  const second = fitting.find(
    (each) =>
      each.example.category !== fitting[0]?.example.category &&
      fitting[0] !== undefined &&
      fitOf(each) >= secondMatterShare * fitOf(fitting[0]),
  );
  // A canned reply to half of a mail reads as if the other half had been overlooked.
  if (second) return { match, reason: 'The mail asks about more than one matter.' };
  // A second proposal must at least be about the same matter as the one that was rejected.
  const about = input.rejected.length > 0 ? fitting[0]?.example.category : undefined;
  const best = fitting.find(
    ({ example }) =>
      !refused.has(normalizeReply(example.reply)) &&
      (about === undefined || example.category === about),
  );
  if (best) return { match: best, reason: null };
  if (fitting.length > 0)
    return {
      match,
      reason:
        input.rejected.length > 0
          ? 'No other approved reply fits in place of the rejected one.'
          : 'The approved replies that fit were sent already.',
    };
  return { match, reason: 'No approved reply answers a mail like this one.' };
}

const notKnownHere =
  'The approved reply that fits names things that are not known of this customer.';
const notHere = 'The approved reply that fits may not hold for this customer.';

/**
 * The fields, without the reply where a check fails on one that was approved for another customer:
 * its amounts, links and promises may have been that customer's alone.
 */
function checked(choice: Choice, input: DraftInput, material: Material, seen: readonly Example[]) {
  const check = (fields: ReplyFields) => checkDraft(material, fields, input, seen);
  const fields = fieldsOf(choice, input);
  const checks = check(fields);
  if (!choice.match?.example.customer || !checks.some(blocksApproval)) return { fields, checks };
  const abstained = fieldsOf({ ...choice, reason: choice.reason ?? notHere }, input);
  return { fields: abstained, checks: check(abstained) };
}

function fieldsOf({ match, reason }: Choice, input: DraftInput): ReplyFields {
  const text = `${input.subject}\n${input.turns.at(-1)?.text ?? ''}`;
  const example = match?.example;
  const detected = detectLanguage(text);
  const reply = reason === null && example ? filled(example.reply, input) : null;
  const isAnswered = reply !== null && example !== undefined;
  return {
    // Without an answer the category is only a guess, so the guess must be a good one.
    category:
      isAnswered || (match?.likeness ?? 0) >= leastLikenessLater
        ? (example?.category ?? 'other')
        : 'other',
    // What no customer wrote makes hurry that is not ours.
    urgency: stakeOf(text)?.isCustomers === false ? 'normal' : urgencyOf(text),
    language: (isAnswered ? example.language : detected.language) || 'en',
    reply: reply ?? '',
    citations: isAnswered ? example.citations.map((citation) => ({ ...citation })) : [],
    missing: [],
    needsPerson: !isAnswered,
    needsPersonReason: isAnswered ? null : (reason ?? notKnownHere),
  };
}

/**
 * The offline responder.
 *
 * @param index what it may answer with.
 */
export function offlineResponder(
  material: Material,
  index: ExampleIndex = material.index,
): Responder {
  const identity = identify({
    prompt: material.prompt.version,
    promptSha256: material.prompt.sha256,
    policySetSha256: material.policies.sha256,
    examplesSha256: material.examplesSha256,
    model: 'offline',
    settings: {
      leastLikeness,
      leastLikenessAbout,
      leastLikenessLater,
      leastCoverage,
      secondMatterShare,
      leastLikenessPooled: pooled.leastLikeness,
      leastCoveragePooled: pooled.leastCoverage,
      leastAgreement: pooled.leastAgreement,
      pool: material.pool?.limit ?? null,
      exampleOrigins: material.pool && material.exampleOrigins,
      released: material.prompt.released,
      layout: layoutVersion,
    },
    system: material.system.system,
  });
  return {
    identity,
    categories: material.categories,
    async draft(input, signal) {
      signal.throwIfAborted();
      const began = performance.now();
      const matches = matchesFor(index, input);
      const seen = matches.slice(0, shownMatches).map(({ example }) => example);
      const { fields, checks } = checked(choose(matches, input), input, material, seen);
      return {
        fields,
        first: null,
        calls: [],
        checks,
        // Laid out as a model would see it, so that approved drafts train a model as they are.
        userTurn: userTurn(input, seen),
        examples: seen.map(({ id }) => id),
        usage: { inputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 0 },
        costUsd: 0,
        latencyMs: Math.round(performance.now() - began),
        requestId: null,
      };
    },
  };
}
