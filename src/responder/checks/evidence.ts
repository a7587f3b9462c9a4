/**
 * What may back a claim in a reply: the policies, the facts about this customer's orders, and what
 * we wrote before. What the customer claims is no evidence of what we promise.
 */

import type { DraftInput } from '../../domain/responder.ts';
import { Breather } from '../latent-space.ts';
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

/** What one check reads in policies. */
interface PolicyReader {
  readSection(section: PolicySection): unknown;
  readAll(policies: PolicySet): unknown;
}

const readers: PolicyReader[] = [];

/**
 * What a check needs to know of all policies, read once for a policy set: they are long and stay the
 * same. `readPolicies` reads them beforehand, section by section; whoever comes earlier waits.
 *
 * @param read what one section says; the costly part.
 * @param joined what the sections say together.
 */
export function ofPolicies<Part, Whole>(
  read: (section: PolicySection) => Part,
  joined: (parts: readonly Part[]) => Whole,
): (policies: PolicySet) => Whole {
  const parts = new WeakMap<PolicySection, { part: Part }>();
  const wholes = new WeakMap<PolicySet, { whole: Whole }>();
  const readSection = (section: PolicySection): Part => {
    const known = parts.get(section) ?? { part: read(section) };
    parts.set(section, known);
    return known.part;
  };
  const readAll = (policies: PolicySet): Whole => {
    const sections = [...policies.sections.values()];
    const known = wholes.get(policies) ?? { whole: joined(sections.map(readSection)) };
    wholes.set(policies, known);
    return known.whole;
  };
  readers.push({ readSection, readAll });
  return readAll;
}

/** The same over the text of each section with its heading. */
export function ofPolicyTexts<Part, Whole>(
  read: (text: string) => Part,
  joined: (parts: readonly Part[]) => Whole,
): (policies: PolicySet) => Whole {
  return ofPolicies(({ heading, text }) => read(`${heading}\n${text}`), joined);
}

/** The members of many sets, without another array of them all. */
export function unionOf<T>(sets: Iterable<Iterable<T>>): Set<T> {
  const union = new Set<T>();
  for (const set of sets) for (const member of set) union.add(member);
  return union;
}

/** Reads policies for all checks that are loaded, a little at a time, so that nothing else waits. */
export async function readPolicies(policies: PolicySet): Promise<void> {
  const rest = new Breather();
  for (const section of policies.sections.values())
    for (const { readSection } of readers) {
      readSection(section);
      await rest.breathe();
    }
  for (const { readAll } of readers) {
    readAll(policies);
    await rest.breathe();
  }
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
