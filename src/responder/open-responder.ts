/** Opens the configured responder: by a model, or offline when none is configured. */

import { ReplywrightError } from '../domain/errors.ts';
import type { Responder } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { prepareChecks } from './checks.ts';
import { loadPrinciples } from './critique.ts';
import { Endpoints, kindOf } from './endpoints.ts';
import { loadMaterial, type MaterialSettings } from './material.ts';
import type { ModelSettings } from './model-settings.ts';
import { offlineResponder } from './offline.ts';
import { priceOf } from './prices.ts';

export interface ResponderSettings extends MaterialSettings {
  /** Null for the offline responder. */
  model: ModelSettings | null;
  /** Whether a second call revises each draft; left out, none does. */
  critique?: boolean;
}

/** A budget that cannot be counted would hold nothing back. */
function refuseUnpriced(model: ModelSettings): void {
  if (!model.budgeted) return;
  const { name, price, easy, triage } = model;
  const asked = [
    { key: 'model.price', name, price },
    ...(easy === null ? [] : [{ key: 'model.easy.price', ...easy }]),
    ...(triage === null ? [] : [{ key: 'model.triage.price', ...triage }]),
  ];
  for (const each of asked) {
    if (priceOf(each.name, kindOf(model), each.price) !== null) continue;
    throw new ReplywrightError('config_invalid', {
      key: each.key,
      detail: `there is a budget, and the price of ${each.name} is not known`,
      file: 'replywright.yaml',
    });
  }
}

/**
 * Loads prompt, policies and examples and opens the responder over them. Calls no model.
 *
 * @param endpoints what is known of the servers, shared by the responders of a process.
 * @throws ReplywrightError `prompt_*`, `released_invalid`, `policy_invalid`, `examples_invalid` or
 *   `principles_missing`; `config_invalid` for a budget without a price.
 */
export async function openResponder(
  settings: ResponderSettings,
  log: Log,
  endpoints: Endpoints = new Endpoints(),
): Promise<Responder> {
  const { model } = settings;
  const material = await loadMaterial({ ...settings, findsPinned: model === null }, log);
  // Not waited for: a draft that comes before it has ended does the rest of it.
  prepareChecks(material.policies).catch((error: unknown) => {
    log.warn('checks_not_prepared', { error });
  });
  if (model === null) return offlineResponder(material);
  refuseUnpriced(model);
  const principles = settings.critique ? await loadPrinciples(material.prompt.file) : null;
  const written = material.prompt.frontMatter.model;
  if (written !== undefined && written !== model.name)
    log.info('prompt_for_other_model', { written, configured: model.name });
  // Loaded here, because without a model nobody should pay for the client: 40 MB and half a second.
  const { modelResponder } = await import('./model-responder.ts');
  return modelResponder(material, model, principles, endpoints, log);
}

/**
 * Proves that the model endpoint can be reached, takes the key and knows the model, by asking it
 * for one token.
 *
 * @throws ReplywrightError with a `model_*` code.
 */
export async function checkModel(
  settings: ModelSettings,
  log: Log,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ model: string; requestId: string | null }> {
  const { openModel } = await import('./model.ts');
  return await openModel(settings, new Endpoints().of(settings), log).check(signal);
}
