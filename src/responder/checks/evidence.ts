/**
 * What may back a claim in a reply: the policies, the facts about this customer's orders, and what
 * we wrote before. What the customer claims is no evidence of what we promise.
 */

import type { DraftInput } from '../../domain/responder.ts';
import type { PolicySection, PolicySet } from '../policies.ts';
import type { CheckSubject } from './check.ts';

/** What we wrote in this conversation. */
function ourMails({ turns }: DraftInput): string[] {
  return turns.filter(({ direction }) => direction === 'outbound').map(({ text }) => text);
}

/** The order facts of the draft, one text a record. */
export function factTexts({ facts }: DraftInput): string[] {
  return facts.records.map(({ key, facts: told }) =>
    [key, ...told.map(({ name, value }) => `${name}: ${value}`)].join('\n'),
  );
}

/** The policies, one text a section. */
const policyTexts = (sections: readonly PolicySection[]) =>
  sections.map(({ heading, text }) => `${heading}\n${text}`);

/** What `read` finds in all policies, read once for a policy set: they are long and stay the same. */
export function ofPolicies<T>(
  read: (sections: readonly PolicySection[]) => T,
): (policies: PolicySet) => T {
  const kept = new WeakMap<PolicySet, { found: T }>();
  return (policies) => {
    const known = kept.get(policies) ?? { found: read([...policies.sections.values()]) };
    kept.set(policies, known);
    return known.found;
  };
}

/** The same over the texts of the sections with their headings. */
export function ofPolicyTexts<T>(
  read: (texts: readonly string[]) => T,
): (policies: PolicySet) => T {
  return ofPolicies((sections) => read(policyTexts(sections)));
}

/** What backs an amount, a deadline or a promise besides the policies. */
export function ourTexts(input: DraftInput): string[] {
  return [...factTexts(input), ...ourMails(input)];
}

/** All that backs an amount, a deadline or a promise. */
export function backingTexts({ policies, input }: CheckSubject): string[] {
  return [...policyTexts([...policies.sections.values()]), ...ourTexts(input)];
}

/** What the customer wrote: it backs that something was said, not that it holds. */
export function customerTexts({ subject, turns }: DraftInput): string[] {
  const inbound = turns.filter(({ direction }) => direction === 'inbound');
  return [subject, ...inbound.flatMap(({ text, attachments }) => [text, ...attachments])];
}

/** Names, numbers and words that belong to this conversation: who writes, to whom, what was said. */
export function conversationTexts({ input, linkDomains }: CheckSubject): string[] {
  const { customer, mailbox, facts } = input;
  return [
    ...customerTexts(input),
    ...input.turns.flatMap(({ from, text, direction }) => [
      from.name,
      from.address,
      ...(direction === 'outbound' ? [text] : []),
    ]),
    ...factTexts(input),
    ...facts.orderNumbers,
    ...[customer.name, customer.address, mailbox.name, mailbox.address, mailbox.shopName],
    mailbox.signature,
    ...linkDomains,
  ];
}
