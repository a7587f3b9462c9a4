/** Which mailboxes are drafted for with which prompt version. */
import type { Config } from '../config.ts';

/** The prompt version that drafts for a mailbox; of all mailboxes without one of their own. */
export function promptOf(config: Config, mailbox: string | null): string {
  const responder = config.mailboxes.find(({ name }) => name === mailbox)?.responder;
  return config.responders.find(({ name }) => name === responder)?.prompt ?? config.prompt;
}

/** Names of mailboxes by prompt version; in the sandbox, its one mailbox. */
export function mailboxesByPrompt(config: Config): ReadonlyMap<string, readonly string[]> {
  if (config.mailboxes.length === 0) return new Map([[config.prompt, ['sandbox']]]);
  const used = new Map<string, string[]>();
  for (const { name } of config.mailboxes) {
    const prompt = promptOf(config, name);
    used.set(prompt, [...(used.get(prompt) ?? []), name]);
  }
  return used;
}
