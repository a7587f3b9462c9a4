/** What a source of order facts is: something that finds the record of an order or a customer. */

import type { FoundRecord } from './record.ts';

/** What one source is asked for. */
export interface SourceQuery {
  /** The order number as the shop writes it; the customer's address of a source of customers. */
  key: string;
  /** The address that the mail to answer came from. */
  address: string;
}

/** One configured source. */
export interface Source {
  readonly name: string;
  readonly kind: 'order' | 'customer';
  /**
   * The record under a key; null when there is none.
   *
   * @throws ReplywrightError `order_source_failed`; whatever aborted `signal`.
   */
  look(query: SourceQuery, signal: AbortSignal): Promise<FoundRecord | null>;
  close(): Promise<void>;
}

/** The settings of one source, as src/config/context.ts completes them. */
export interface SourceSettings {
  name: string;
  kind: 'order' | 'customer';
  key: string | null;
  owner: string;
  facts: Readonly<Record<string, string>>;
  place: HttpPlace | FilePlace;
}

export interface FilePlace {
  kind: 'file';
  path: string;
}

export interface HttpPlace {
  kind: 'http';
  url: string;
  headers: Readonly<Record<string, string>>;
  timeoutSeconds: number;
  cacheSeconds: number;
  privateHosts: readonly string[];
}
