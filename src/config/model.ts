/** The settings of the model with its key, prices filled up. */
import { type Environment, requiredSecret } from './environment.ts';
import { modelSchema, type WrittenModel } from './model-schema.ts';
import type { WrittenResponder } from './schema.ts';
import { modelKeyName } from './secrets.ts';

export interface PriceConfig {
  input: number;
  cacheWrite: number;
  cacheRead: number;
  output: number;
}

export interface ModelConfig extends Omit<WrittenModel, 'price' | 'easy' | 'triage'> {
  /** Empty for a server of one's own that wants none. */
  apiKey: string;
  price: PriceConfig | null;
  easy: { name: string; categories: readonly string[]; price: PriceConfig | null } | null;
  triage: { name: string; price: PriceConfig | null } | null;
  /** True when a budget limits what is spent. */
  budgeted: boolean;
}

function priceOf(price: WrittenModel['price']): PriceConfig | null {
  if (price === undefined) return null;
  const { input, output, cacheRead = input, cacheWrite = input } = price;
  return { input, output, cacheRead, cacheWrite };
}

/** A model as written, with what the rest of the program wants to know of it. */
export function completeModel(written: WrittenModel, apiKey: string): ModelConfig {
  const { easy, triage, budget } = written;
  return {
    ...written,
    apiKey,
    price: priceOf(written.price),
    easy: easy === undefined ? null : { ...easy, price: priceOf(easy.price) },
    triage: triage === undefined ? null : { ...triage, price: priceOf(triage.price) },
    budgeted: budget.perDayUsd !== null || budget.perMailUsd !== null,
  };
}

/** The key for a model; a key is sent nowhere but to the server that it is for. */
function modelKey(
  { baseUrl }: WrittenModel,
  responder: WrittenResponder | null,
  environment: Environment,
): string {
  const own = responder === null ? null : environment.secret(modelKeyName(responder.name));
  if (own !== null) return own;
  const elsewhere = responder?.model?.baseUrl !== undefined;
  // A server of one's own usually wants no key, but the protocol has a place for one.
  if (elsewhere && baseUrl !== null) return '';
  const key = environment.secret('ANTHROPIC_API_KEY');
  if (key === null && baseUrl !== null) return '';
  return key ?? requiredSecret(environment, 'ANTHROPIC_API_KEY');
}

/**
 * The model that drafts; null for the offline responder.
 *
 * @param responder what differs from the model of all; null for that itself.
 * @throws ReplywrightError `secret_missing`.
 */
export function modelOf(
  written: WrittenModel | undefined,
  environment: Environment,
  responder: WrittenResponder | null = null,
): ModelConfig | null {
  const other = responder?.model;
  if (written === undefined && other === undefined) return null;
  const model = { ...(written ?? modelSchema.parse({})), ...other };
  if (model.name === 'offline') return null;
  return completeModel(model, modelKey(model, responder, environment));
}
