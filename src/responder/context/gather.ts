/**
 * Gathers what may be told about one mail. The rule: facts are given only when the sender's own
 * domain vouches for the mail, and only of what belongs to that very address; code decides, so that
 * no mail can talk a model into telling more.
 */

import { domainToASCII } from 'node:url';
import { asReplywrightError } from '../../domain/errors.ts';
import {
  type FactRecord,
  type FactSheet,
  noFacts,
  type Withheld,
  type WithheldReason,
} from '../../domain/facts.ts';
import type { SenderTrust } from '../../domain/message.ts';
import { findOrderNumbers } from '../../domain/order-number.ts';
import type { Log } from '../../log.ts';
import type { FactContext } from './open-context.ts';
import type { Source } from './source.ts';

/** The mail to answer, as far as it decides what may be told. */
export interface MailInQuestion {
  /** What is searched for order numbers: the mail to answer first, then its subject and what came before. */
  texts: readonly string[];
  /** The address in From; empty where there is none. */
  sender: string;
  trust: SenderTrust;
  /** Where answers are asked for, if anywhere else. */
  replyTo: string | null;
}

/** Numbers that are looked up for one mail; who names more is not asking about an order. */
const mostOrders = 5;
/** Look-ups at a time, and how long all of them may take together, in milliseconds. */
const atOnce = 4;
const deadlineMs = 15_000;

/** Small letters for ASCII only: what else folds together may be another person's address. */
function foldedAddress(address: string): string {
  return address.trim().replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * Whether two addresses are the same: all of them, capitals aside. Many servers give dots or a plus
 * no meaning, but not all, and where they do, `ana+1@` is somebody else.
 */
function isSame(left: string, right: string): boolean {
  return foldedAddress(left) === foldedAddress(right);
}

/** True when the sender's own domain vouches for the mail, and the answer goes nowhere else. */
function isVerified({ sender, trust, replyTo }: MailInQuestion): boolean {
  const at = sender.lastIndexOf('@');
  const domain = at > 0 ? domainToASCII(sender.slice(at + 1)) : '';
  if (trust.result !== 'pass' || domain === '' || trust.domain !== domain) return false;
  return replyTo === null || isSame(replyTo, sender);
}

/** What came of one look-up: a record to tell, or why there is none. */
type Outcome = { key: string; kind: Source['kind'] } & (
  | { record: FactRecord }
  | { reason: WithheldReason }
);

async function lookUp(
  source: Source,
  key: string,
  address: string,
  signal: AbortSignal,
  log: Log,
): Promise<Outcome> {
  const { name, kind } = source;
  try {
    const found = await source.look({ key, address }, signal);
    if (found === null) return { key, kind, reason: 'unknown' };
    if (found.owner === null || !isSame(found.owner, address))
      return { key, kind, reason: 'belongs_to_another' };
    return { key, kind, record: { source: name, kind, key, facts: found.facts } };
  } catch (cause) {
    // The draft is made all the same; nothing of the mail goes into the log.
    log.warn('order_source_failed', { source: name, error: asReplywrightError(cause) });
    return { key, kind, reason: 'source_unavailable' };
  }
}

/** Does the tasks in their order, a few at a time. */
async function inTurns<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const left = tasks.entries();
  const work = async () => {
    for (const [index, task] of left) results[index] = await task();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

/** Which reason tells most, where several sources were asked for one order. */
const telling: readonly WithheldReason[] = ['source_unavailable', 'belongs_to_another', 'unknown'];

function withheldOf(outcomes: readonly Outcome[], keys: readonly string[]): Withheld[] {
  return keys.flatMap((key) => {
    const own = outcomes.filter((outcome) => outcome.kind === 'order' && outcome.key === key);
    if (own.some((outcome) => 'record' in outcome)) return [];
    const reason = telling.find((each) =>
      own.some((outcome) => 'reason' in outcome && outcome.reason === each),
    );
    return reason === undefined ? [] : [{ key, reason }];
  });
}

/** That a shop knows no such customer is no news; that nobody could look is. */
function customerWithheld(outcomes: readonly Outcome[]): Withheld[] {
  return outcomes.flatMap((outcome) =>
    outcome.kind === 'customer' && 'reason' in outcome && outcome.reason === 'source_unavailable'
      ? [{ key: outcome.key, reason: outcome.reason }]
      : [],
  );
}

/**
 * All that may be told about one mail. A source that fails holds up no draft.
 *
 * @throws what aborted `signal`.
 */
export async function gatherFacts(
  { patterns, sources }: FactContext,
  mail: MailInQuestion,
  signal: AbortSignal,
  log: Log,
): Promise<FactSheet> {
  const orderNumbers = findOrderNumbers(patterns, mail.texts);
  if (sources.length === 0) return { ...noFacts, orderNumbers };
  const orders = orderNumbers.slice(0, mostOrders);
  const orderSources = sources.filter(({ kind }) => kind === 'order');
  if (!isVerified(mail)) {
    // Nothing is even asked: what is not known cannot leak.
    const asked = orderSources.length === 0 ? [] : orders;
    const withheld = asked.map((key) => ({ key, reason: 'sender_unverified' as const }));
    return { records: [], orderNumbers, withheld };
  }
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const { sender } = mail;
  const keysFor = ({ kind }: Source) => (kind === 'order' ? orders : [sender]);
  const outcomes = await inTurns(
    sources.flatMap((source) =>
      keysFor(source).map((key) => () => lookUp(source, key, sender, bounded, log)),
    ),
  );
  signal.throwIfAborted();
  return {
    records: outcomes.flatMap((outcome) => ('record' in outcome ? [outcome.record] : [])),
    orderNumbers,
    withheld: [...withheldOf(outcomes, orders), ...customerWithheld(outcomes)],
  };
}
