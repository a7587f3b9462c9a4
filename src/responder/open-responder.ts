/** Opens the configured responder: by a model, or offline when none is configured. */

import type { Responder } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { loadMaterial, type MaterialSettings } from './material.ts';
import type { ModelSettings } from './model.ts';
import { offlineResponder } from './offline.ts';

export interface ResponderSettings extends MaterialSettings {
  /** Null for the offline responder. */
  model: ModelSettings | null;
  /** Whether a second call revises each draft; left out, none does. */
  critique?: boolean;
}

/**
 * Loads prompt, policies and examples and opens the responder over them. Calls no model.
 *
 * @throws ReplywrightError `prompt_*`, `released_invalid`, `policy_invalid` or `examples_invalid`.
 */
export async function openResponder(settings: ResponderSettings, log: Log): Promise<Responder> {
  const material = await loadMaterial(settings, log);
  if (settings.model === null) return offlineResponder(material, material.examples);
  const written = material.prompt.frontMatter.model;
  if (written !== undefined && written !== settings.model.name)
    log.info('prompt_for_other_model', { written, configured: settings.model.name });
  // Loaded here, because without a model nobody should pay for the client: 40 MB and half a second.
  const { modelResponder } = await import('./model-responder.ts');
  return modelResponder(material, settings.model, log);
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
  return await openModel(settings, log).check(signal);
}
