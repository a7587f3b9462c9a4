/** Opens a responder of the settings, for commands that draft or look at one without the pipeline. */
import type { ModelConfig } from '../config/model.ts';
import type { Config } from '../config.ts';
import { ReplywrightError } from '../domain/errors.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { Responder } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { ExamplePool } from '../responder/example-pool.ts';
import { openResponder } from '../responder/open-responder.ts';

/** The name of the responder that drafts for a mailbox, unless a rollout has others do so. */
export function ownResponder(config: Config, mailbox: string): string {
  const own = config.mailboxes.find(({ name }) => name === mailbox)?.responder;
  // The sandbox has one mailbox and one responder.
  return own ?? config.responders[0]?.name ?? config.prompt;
}

/** The settings of a responder. @throws ReplywrightError `responder_unknown`. */
export function responderSettings(config: Config, name: string): Config['responders'][number] {
  const found = config.responders.find((responder) => responder.name === name);
  if (found !== undefined) return found;
  const hint = didYouMean(
    name,
    config.responders.map((responder) => responder.name),
  );
  throw new ReplywrightError('responder_unknown', { name, hint });
}

/**
 * Opens a responder of the settings.
 *
 * @param bounded changes its model's settings, for instance to a shorter time.
 * @throws ReplywrightError `responder_unknown`, or as openResponder does.
 */
export async function configuredResponder(
  config: Config,
  name: string,
  log: Log,
  bounded: (model: ModelConfig) => ModelConfig = (model) => model,
): Promise<Responder> {
  const { prompts: promptsFolder, policies: policiesFolder, shop, learning } = config;
  const { prompt, model, critique } = responderSettings(config, name);
  const drafting = model === null ? null : bounded(model);
  // Empty: a command has no database to fill it from. The responder is the same: it is known by the
  // rule of what joins its examples, not by what has joined them so far.
  const pool = new ExamplePool();
  const drafted = { promptsFolder, policiesFolder, prompt, shop, model: drafting, critique };
  const { exampleOrigins } = learning;
  return await openResponder({ ...drafted, pool, exampleOrigins }, log);
}
