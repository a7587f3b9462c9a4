/** Fills the placeholders of an approved reply from what is known for certain about this customer. */

import type { DraftInput } from '../domain/responder.ts';

/** A placeholder, as `withPlaceholders` writes it and as curated examples may. */
const slot = /\[([a-z][a-z0-9_ ]{0,40})\]/g;

/** What belonged to another customer: no fact that happens to be named so may stand there. */
const unknowable = new Set(['other number', 'email', 'link', 'date']);

/** The name to greet the customer by; null where the mail gives none that looks like one. */
function greetedAs({ customer }: DraftInput): string | null {
  const [first] = customer.name.split(/\s+/);
  return first !== undefined && /^\p{Lu}[\p{L}'-]{1,40}$/u.test(first) ? first : null;
}

/**
 * The reply with its placeholders filled: `[name]` by the customer's first name, `[number]` by the
 * number of the one order that this sender may be told about, any other by the fact of that name
 * about it, but for those in which `withPlaceholders` hides what only its customer had. Null when one
 * cannot be filled, or when there is more than one order to choose from.
 */
export function filled(reply: string, input: DraftInput): string | null {
  const orders = input.facts.records.filter(({ kind }) => kind === 'order');
  const [order] = orders.length === 1 ? orders : [];
  const known = (name: string): string | null => {
    if (name === 'name') return greetedAs(input);
    if (name === 'number') return order?.key ?? null;
    if (unknowable.has(name)) return null;
    return order?.facts.find((fact) => fact.name === name.replaceAll(' ', '_'))?.value ?? null;
  };
  let isWhole = true;
  const text = reply.replace(slot, (_, name: string) => {
    const value = known(name);
    isWhole &&= value !== null;
    return value ?? '';
  });
  return isWhole ? text : null;
}
