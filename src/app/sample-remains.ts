/** What a real shop still has of the invented one: its policies, its examples, the sandbox's data. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.ts';
import { type ExampleSet, loadExamples } from '../responder/examples.ts';
import { loadPolicies, type PolicySet } from '../responder/policies.ts';
import { examplesFile, loadPrompt } from '../responder/prompts.ts';
import { mailboxesByPrompt } from './prompts-in-use.ts';

/** SHA-256 (hex) of the examples that come along; the doctor's tests hold it to them. */
const sampleExamples = '7b429c1852b294fe922dcf1697d86aaa44b558e99732e711fab524c60d9a0032';
/** The invented shop's domain, which its policy on privacy names. */
const inventedShop = /harborandpine/i;
/** What the program ships beside `src`. */
const shipped = path.resolve(import.meta.dirname, '../..');

/** What to do before a folder may be changed: null where it is the shop's own, not the program's. */
export function toBeCopied(config: Config, folder: string): string | null {
  if (path.dirname(folder) !== shipped || config.folder === shipped) return null;
  return `copy ${folder} to ${path.join(config.folder, path.basename(folder))}`;
}

/** How to come to one's own: in place, or in a copy where the folder is the program's. */
function writeYourOwn(config: Config, folder: string): string {
  const copied = toBeCopied(config, folder);
  const how = copied === null ? `in ${folder}, write` : `${copied} and write`;
  return `Before you approve a reply, ${how} your own.`;
}

/** What to do about policies that are still the invented shop's; null when they are not. */
export function policiesRemark(
  config: Config,
  { sections }: Pick<PolicySet, 'sections'>,
): string | null {
  const isSample = [...sections.values()].some(({ text }) => inventedShop.test(text));
  return config.sandbox || !isSample ? null : writeYourOwn(config, config.policies);
}

/** The same of examples; they are the invented shop's until a byte of their file is changed. */
export function examplesRemark(
  config: Config,
  { sha256 }: Pick<ExampleSet, 'sha256'>,
): string | null {
  return config.sandbox || sha256 !== sampleExamples ? null : writeYourOwn(config, config.prompts);
}

/** How to begin without the sandbox's mails and accounts; null when the data folder has none. */
export function sandboxRemark(config: Config): string | null {
  // Another database than the built-in one does not lie in the folder.
  if (config.sandbox || config.databaseUrl !== null) return null;
  if (!existsSync(path.join(config.data, 'sandbox'))) return null;
  return `To begin afresh, stop Replywright, move ${config.data} away and start it again. What came in, was added or granted since lies in it too.`;
}

/**
 * What drafts of a real shop still rest on that is the invented one's, one sentence or two each.
 *
 * @throws ReplywrightError when policies, prompts or examples cannot be loaded.
 */
export async function materialRemains(config: Config): Promise<string[]> {
  if (config.sandbox) return [];
  const versions = [...mailboxesByPrompt(config).keys()];
  const used = await Promise.all(versions.map((version) => loadPrompt(config.prompts, version)));
  const sets = await Promise.all([...new Set(used.map(examplesFile))].map(loadExamples));
  const remarks: [string, string | null][] = [
    ['Policies', policiesRemark(config, await loadPolicies(config.policies))],
    [
      'Examples',
      sets.map((set) => examplesRemark(config, set)).find((one) => one !== null) ?? null,
    ],
  ];
  return remarks.flatMap(([what, remark]) =>
    remark === null ? [] : [`${what} are still the invented shop's. ${remark}`],
  );
}

/**
 * All that remains, the sandbox's data too.
 *
 * @throws ReplywrightError when policies, prompts or examples cannot be loaded.
 */
export async function sampleRemains(config: Config): Promise<string[]> {
  const lines = await materialRemains(config);
  const sandbox = sandboxRemark(config);
  return sandbox === null
    ? lines
    : [...lines, `${config.data} holds the sandbox with its invented mails. ${sandbox}`];
}
