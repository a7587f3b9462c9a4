/** The responders by their names: those of the settings, and one for each prompt of a mailbox. */
import { didYouMean } from '../domain/nearest.ts';
import { invalid, type WrittenFile } from './file.ts';
import type { WrittenResponder, WrittenSettings } from './schema.ts';
import { modelKeyName } from './secrets.ts';

/** One responder as it is opened. The meaning of each setting stands on its field. */
export interface ResponderConfig<Model> {
  /** Of an entry under `responders`; without one, the prompt version stands for it. */
  name: string;
  /** `<prompt>/<version>`. */
  prompt: string;
  /** Null for the offline responder. */
  model: Model | null;
  critique: boolean;
}

/** Two responders must not share a name: mailboxes and rollouts could not tell them apart. */
function refuseTwins(written: WrittenFile, responders: readonly WrittenResponder[]): void {
  const seen = new Map<string, string>();
  for (const [index, { name }] of responders.entries()) {
    const twin = seen.get(modelKeyName(name));
    if (twin !== undefined)
      throw invalid(
        written,
        ['responders', index, 'name'],
        `"${name}" is too much like "${twin}" above`,
      );
    seen.set(modelKeyName(name), name);
  }
}

/** A mailbox names a responder that is there, or a prompt, or neither. */
function checkMailboxes(written: WrittenFile, { mailboxes, responders }: WrittenSettings): void {
  const names = responders.map(({ name }) => name);
  for (const [index, { responder, prompt }] of mailboxes.entries()) {
    if (responder === undefined) continue;
    const path = ['mailboxes', index, 'responder'];
    if (!names.includes(responder))
      throw invalid(
        written,
        path,
        `there is no entry "${responder}" under \`responders\`. ${didYouMean(responder, names)}`.replace(
          /\.$/,
          '',
        ),
      );
    if (prompt !== undefined)
      throw invalid(written, path, 'a responder has its own prompt; `prompt` must go from here');
  }
}

/** The name of a mailbox's own responder. */
export function responderName(
  mailbox: { responder?: string | undefined; prompt?: string | undefined },
  prompt: string,
): string {
  return mailbox.responder ?? mailbox.prompt ?? prompt;
}

/**
 * Completes the responders.
 *
 * @param modelFor what drafts, with the settings of a responder over those of all.
 * @throws ReplywrightError `config_invalid` where two share a name, or a mailbox names one that is
 *   not there.
 */
export function completeResponders<Model>(
  written: WrittenFile,
  settings: WrittenSettings,
  modelFor: (responder: WrittenResponder | null) => Model | null,
): ResponderConfig<Model>[] {
  const { responders, mailboxes, prompt } = settings;
  refuseTwins(written, responders);
  checkMailboxes(written, settings);
  const named = responders.map((responder) => ({
    name: responder.name,
    prompt: responder.prompt ?? prompt,
    model: modelFor(responder),
    critique: responder.critique,
  }));
  const used = mailboxes.map((mailbox) => responderName(mailbox, prompt));
  // The sandbox brings its own mailbox.
  const prompts = new Set(mailboxes.length === 0 ? [prompt] : used);
  for (const { name } of responders) prompts.delete(name);
  const unnamed = [...prompts].map((version) => ({
    ...{ name: version, prompt: version },
    model: modelFor(null),
    critique: false,
  }));
  return [...named, ...unnamed];
}
