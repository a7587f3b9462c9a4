/** The block of a request that says what the shop's systems know, and what must not be guessed. */

import type { FactRecord, FactSheet, Withheld, WithheldReason } from '../../domain/facts.ts';
import { shortened } from '../fence.ts';

/** Most UTF-16 units of the block; five orders of a usual shop are a tenth of it. */
const longestBlock = 12_000;

/**
 * What the model is told of an order that it is told nothing of. That it is another customer's and
 * that there is none must read alike: the difference is what a stranger would be after.
 */
const withheldWords: Readonly<Record<WithheldReason, string>> = {
  sender_unverified: 'not shown, because the sender of this mail is not verified',
  belongs_to_another: 'no order of this number under the address that this mail came from',
  unknown: 'no order of this number under the address that this mail came from',
  source_unavailable: "not shown, because the shop's system does not answer now",
};

/** What to do about it, for each kind of words once. */
const advice: Readonly<Record<WithheldReason, string>> = {
  sender_unverified:
    'Where the sender is not verified, tell nothing about an order, not even whether it exists. Ask for what you need, or say that a colleague will look.',
  belongs_to_another:
    'Where no order is found, do not say whether there is one. Ask the customer to check the number, or to write from the address that the order was placed with.',
  unknown:
    'Where no order is found, do not say whether there is one. Ask the customer to check the number, or to write from the address that the order was placed with.',
  source_unavailable:
    'Where the system does not answer, say that a colleague will look it up; name no state and no date.',
};

function recordLines({ kind, key, facts }: FactRecord): string {
  const title = kind === 'order' ? `Order ${key}` : `Customer ${key}`;
  const lines = facts.map(({ name, value }) => `- ${name}: ${value}`);
  return [`${title}:`, ...(lines.length > 0 ? lines : ['- known, with nothing to tell'])].join(
    '\n',
  );
}

function withheldLine({ key, reason }: Withheld): string {
  return `${key}: ${withheldWords[reason]}`;
}

export interface FactsText {
  /** What stands within the fence: keys and values come from mails and from other systems. */
  data: string;
  /** What the model is to make of it. */
  guidance: string;
}

/** The block for one sheet; null when there is nothing to say. */
export function factsText({ records, withheld }: FactSheet): FactsText | null {
  if (records.length === 0 && withheld.length === 0) return null;
  const guidance = [
    'These facts are from the shop’s own systems and about this customer only. Say nothing about an order or a customer that stands neither here nor in the conversation: ask, and never guess.',
    ...new Set(withheld.map(({ reason }) => advice[reason])),
  ];
  return {
    data: shortened(
      [...withheld.map(withheldLine), ...records.map(recordLines)].join('\n'),
      longestBlock,
    ),
    guidance: guidance.join(' '),
  };
}
