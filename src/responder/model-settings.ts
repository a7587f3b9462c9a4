/** The settings of a model: where it is, what it may take, and which other models help it. */

import type { EndpointSettings } from './endpoints.ts';
import type { Price } from './prices.ts';

export interface ModelSettings extends EndpointSettings {
  /** As the endpoint knows it; a LoRA adapter's name on vLLM. */
  name: string;
  /** Most tokens of one answer. */
  maxTokens: number;
  /** For one call, from sending it to the last byte of the answer. */
  timeoutSeconds: number;
  /** For one pause in an answer that has begun. */
  idleSeconds: number;
  /** How hard the model thinks; null leaves it to the endpoint. */
  effort: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | null;
  /** Null: by the price table, or nothing for a server of one's own. */
  price: Price | null;
  /** The cheaper model that drafts mails of these categories; null for none. */
  easy: { name: string; categories: readonly string[]; price: Price | null } | null;
  /** The model that tells the category first; null leaves that to similar examples. */
  triage: { name: string; price: Price | null } | null;
  /** True when calls are limited by budgets, for which each model must have a price. */
  budgeted: boolean;
}
