/** Opens the responder that the settings describe, for commands that draft without a database. */
import type { Config } from '../config.ts';
import type { Responder } from '../domain/responder.ts';
import type { Log } from '../log.ts';
import { openResponder } from '../responder/open-responder.ts';

/** @throws ReplywrightError as openResponder does. */
export async function configuredResponder(config: Config, log: Log): Promise<Responder> {
  const { prompts: promptsFolder, policies: policiesFolder, prompt, shop, model } = config;
  return await openResponder({ promptsFolder, policiesFolder, prompt, shop, model }, log);
}
