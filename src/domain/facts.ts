/** Facts: what the shop's own systems say about the orders and the customer of one mail. */

/** One thing that a source knows, under the name that the settings give it: `status`: `shipped`. */
export interface Fact {
  name: string;
  value: string;
}

/** What one source says about one order or customer. */
export interface FactRecord {
  /** Name of the source in the settings. */
  source: string;
  kind: 'order' | 'customer';
  /** The order number as the shop writes it, or the customer's address. */
  key: string;
  facts: readonly Fact[];
}

/** Why nothing is told about an order: the model must then ask, and never guess. */
export const withheldReasons = [
  'sender_unverified',
  'belongs_to_another',
  'unknown',
  'source_unavailable',
] as const;
export type WithheldReason = (typeof withheldReasons)[number];

export interface Withheld {
  /** The order number, or the customer's address. */
  key: string;
  reason: WithheldReason;
}

/** All that may be told about one mail. */
export interface FactSheet {
  /** Only of a sender whose domain vouches for the mail, and of orders that belong to that address. */
  records: readonly FactRecord[];
  /** Order numbers that the conversation names, as the shop writes them; the mail to answer's first. */
  orderNumbers: readonly string[];
  withheld: readonly Withheld[];
}

/** The sheet where no source is configured or nothing is known. */
export const noFacts: FactSheet = { records: [], orderNumbers: [], withheld: [] };
