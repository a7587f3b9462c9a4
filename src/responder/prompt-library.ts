/** Looks over all prompt versions of a folder: what each is, what it weighs, what is wrong with it. */

import { asReplywrightError, type ReplywrightError } from '../domain/errors.ts';
import { type ExampleSet, loadExamples } from './examples.ts';
import { loadPolicies } from './policies.ts';
import { lintExamples, type PolicyFinding } from './policy-lint.ts';
import { sectionsOf, type TextSection } from './prompt-sections.ts';
import {
  examplesFile,
  listPrompts,
  loadPrompt,
  type PromptVersion,
  readReleased,
} from './prompts.ts';

/** One version that could be loaded. */
export interface LibraryEntry {
  prompt: PromptVersion;
  /** Of the rendered instructions. */
  sections: TextSection[];
  /** Estimated, of the rendered instructions. */
  tokens: number;
}

export type Listed = { version: string } & (LibraryEntry | { error: ReplywrightError });

async function examplesOf(prompt: PromptVersion): Promise<ExampleSet> {
  return await loadExamples(examplesFile(prompt));
}

/** Examples that cannot be read still let a version be listed; checking tells of them. */
async function categoriesOf(prompt: PromptVersion): Promise<string[]> {
  const set = await examplesOf(prompt).catch(() => null);
  return [...new Set((set?.examples ?? []).map(({ category }) => category))].sort();
}

async function look(folder: string, version: string, shopName: string): Promise<Listed> {
  try {
    const prompt = await loadPrompt(folder, version);
    const text = prompt.render({ shop: shopName, categories: await categoriesOf(prompt) });
    const sections = sectionsOf(text, 'opening');
    const tokens = sections.reduce((sum, section) => sum + section.tokens, 0);
    return { version, prompt, sections, tokens };
  } catch (error) {
    return { version, error: asReplywrightError(error) };
  }
}

/** `support/10` stands after `support/9`. */
const byVersion = new Intl.Collator('en', { numeric: true }).compare;

/**
 * Every version of a folder, also those that were released and are gone.
 *
 * @throws ReplywrightError `released_invalid`.
 */
export async function promptLibrary(folder: string, shopName: string): Promise<Listed[]> {
  const known = [...(await listPrompts(folder)), ...Object.keys(await readReleased(folder))];
  const versions = [...new Set(known)].sort(byVersion);
  return await Promise.all(versions.map((version) => look(folder, version, shopName)));
}

/**
 * What is wrong with that on which a version rests: its examples and the policies that it names.
 *
 * @throws ReplywrightError `policy_invalid` or `examples_invalid`.
 */
export async function lintPrompt(
  prompt: PromptVersion,
  policiesFolder: string,
): Promise<PolicyFinding[]> {
  const policies = await loadPolicies(policiesFolder, prompt.frontMatter.policies);
  const { examples } = await examplesOf(prompt);
  return lintExamples(prompt.frontMatter.examples.file, examples, policies);
}
