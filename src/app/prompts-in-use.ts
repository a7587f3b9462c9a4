/** Which mailboxes are drafted for with which prompt version. */
import type { Config } from '../config.ts';

/** Names of mailboxes by prompt version; in the sandbox, its one mailbox. */
export function mailboxesByPrompt(config: Config): ReadonlyMap<string, readonly string[]> {
  if (config.mailboxes.length === 0) return new Map([[config.prompt, ['sandbox']]]);
  const used = new Map<string, string[]>();
  for (const { name, prompt } of config.mailboxes)
    used.set(prompt, [...(used.get(prompt) ?? []), name]);
  return used;
}
