/** Loads everything a responder rests on: prompt, policies and examples, once, from their files. */

import { origins as allOrigins, type Origin } from '../domain/decision.ts';
import type { Log } from '../log.ts';
import { type StaticText, staticText } from './assemble.ts';
import { type ExampleIndex, type IndexedExample, openExampleIndex } from './example-index.ts';
import type { ExamplePool } from './example-pool.ts';
import { type Example, isCurrent, isUsable, loadExamples, pinnedExamples } from './examples.ts';
import { loadPolicies, type PolicySet } from './policies.ts';
import { PolicyIndex } from './policy-index.ts';
import { examplesFile, loadPrompt, type PromptVersion } from './prompts.ts';

export interface MaterialSettings {
  promptsFolder: string;
  policiesFolder: string;
  /** `<prompt>/<version>`. */
  prompt: string;
  shop: {
    name: string;
    /** Domains that replies may link to; subdomains count. */
    linkDomains: readonly string[];
  };
  /** Approved replies that are looked through beside the curated examples; none where absent. */
  pool?: ExamplePool;
  /** Whose replies of the pool serve as examples; everybody's where absent. */
  exampleOrigins?: readonly Origin[];
  /** True where pinned examples are looked up like all others: without a model they stand in no request. */
  findsPinned?: boolean;
}

export interface Material {
  prompt: PromptVersion;
  policies: PolicySet;
  /**
   * Examples whose quotes still stand in the policies, in the order of the file; none of an
   * evaluation set.
   */
  examples: readonly Example[];
  examplesSha256: string;
  /** Of the examples, in alphabetical order. */
  categories: readonly string[];
  /** The same for every mail. */
  system: StaticText;
  /** Approved replies that join the examples; null where none do. */
  pool: ExamplePool | null;
  /** True for what may be shown of the pool. */
  accepts(example: IndexedExample): boolean;
  /** What else of the pool's settings shapes drafts, for the identity of the responder. */
  exampleOrigins: string;
  /** Which policy sections a request shows. */
  policyIndex: PolicyIndex;
  /** Over all examples that are not pinned; over all where `findsPinned` says so. */
  index: ExampleIndex;
  linkDomains: readonly string[];
}

/**
 * Loads and validates prompt, policies and examples.
 *
 * An example that quotes a policy which has changed since is left out and logged: it would teach
 * what no longer holds.
 *
 * @throws ReplywrightError `prompt_*`, `released_invalid`, `policy_invalid` or `examples_invalid`.
 */
export async function loadMaterial(settings: MaterialSettings, log: Log): Promise<Material> {
  const prompt = await loadPrompt(settings.promptsFolder, settings.prompt);
  if (!prompt.released) log.info('prompt_is_draft', { prompt: prompt.version });
  const { frontMatter } = prompt;
  const policies = await loadPolicies(settings.policiesFolder, frontMatter.policies);
  const { examples: all, sha256: examplesSha256 } = await loadExamples(examplesFile(prompt));

  const examples = all.filter((example) => isUsable(example, policies));
  for (const example of all)
    if (!isCurrent(example, policies)) log.warn('example_outdated', { example: example.id });

  const categories = [...new Set(examples.map((example) => example.category))].sort();
  const instructions = prompt.render({ shop: settings.shop.name, categories });
  const pinned = pinnedExamples(examples, frontMatter.examples.pinned);
  const index: ExampleIndex = await openExampleIndex(
    settings.findsPinned ? examples : examples.filter((example) => !pinned.includes(example)),
  );
  const origins = settings.exampleOrigins ?? allOrigins;
  const accepts = (example: IndexedExample) =>
    isUsable(example, policies) && (!example.origin || origins.includes(example.origin));
  await settings.pool?.attach(index, accepts);
  const policyIndex = new PolicyIndex(policies, frontMatter.policySections);
  return {
    prompt,
    policies,
    examples,
    examplesSha256,
    categories,
    system: staticText(instructions, policyIndex.fixed, pinned),
    pool: settings.pool ?? null,
    accepts,
    exampleOrigins: allOrigins.filter((one) => origins.includes(one)).join(' '),
    policyIndex,
    index,
    linkDomains: settings.shop.linkDomains.map((domain) => domain.toLowerCase()),
  };
}
