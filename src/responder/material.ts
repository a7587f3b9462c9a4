/** Loads everything a responder rests on: prompt, policies and examples, once, from their files. */

import { dirname, join } from 'node:path';
import type { Log } from '../log.ts';
import { type StaticText, staticText } from './assemble.ts';
import { type ExampleIndex, openExampleIndex } from './example-index.ts';
import type { ExamplePool } from './example-pool.ts';
import { type Example, isCurrent, loadExamples, pinnedExamples } from './examples.ts';
import { loadPolicies, type PolicySet } from './policies.ts';
import { PolicyIndex } from './policy-index.ts';
import { lintPolicies, type PolicyFinding } from './policy-lint.ts';
import { loadPrompt, type PromptVersion } from './prompts.ts';

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
}

export interface Material {
  prompt: PromptVersion;
  policies: PolicySet;
  /** Examples whose quotes still stand in the policies, in the order of the file. */
  examples: readonly Example[];
  examplesSha256: string;
  /** Of the examples, in alphabetical order. */
  categories: readonly string[];
  /** The same for every mail. */
  system: StaticText;
  /** Approved replies that join the examples; null where none do. */
  pool: ExamplePool | null;
  /** Which policy sections a request shows. */
  policyIndex: PolicyIndex;
  /** Over all examples that are not pinned. */
  index: ExampleIndex;
  linkDomains: readonly string[];
}

/** Where to look, without the policy's words. */
function placeOf({ rule, file, line }: PolicyFinding): Record<string, string | number> {
  return { rule, file, ...(line === null ? {} : { line }) };
}

/**
 * Loads and validates prompt, policies and examples.
 *
 * An example that quotes a policy which has changed since is left out and logged: it would teach
 * what no longer holds. What code finds odd in the policies is logged; `policies check` tells it.
 *
 * @throws ReplywrightError `prompt_*`, `released_invalid`, `policy_invalid` or `examples_invalid`.
 */
export async function loadMaterial(settings: MaterialSettings, log: Log): Promise<Material> {
  const prompt = await loadPrompt(settings.promptsFolder, settings.prompt);
  if (!prompt.released) log.info('prompt_is_draft', { prompt: prompt.version });
  const { frontMatter } = prompt;
  const policies = await loadPolicies(settings.policiesFolder, frontMatter.policies);
  const file = join(dirname(prompt.file), frontMatter.examples.file);
  const { examples: all, sha256: examplesSha256 } = await loadExamples(file);

  const examples = all.filter((example) => isCurrent(example, policies));
  for (const example of all)
    if (!examples.includes(example)) log.warn('example_outdated', { example: example.id });

  const odd = lintPolicies(policies, settings.shop.linkDomains);
  const [first] = odd;
  if (first !== undefined) log.warn('policies_odd', { findings: odd.length, ...placeOf(first) });

  const categories = [...new Set(examples.map((example) => example.category))].sort();
  const instructions = prompt.render({ shop: settings.shop.name, categories });
  const pinned = pinnedExamples(examples, frontMatter.examples.pinned);
  const index: ExampleIndex = await openExampleIndex(
    examples.filter((example) => !pinned.includes(example)),
  );
  await settings.pool?.attach(index, (example) => isCurrent(example, policies));
  const policyIndex = new PolicyIndex(policies, frontMatter.policySections);
  return {
    prompt,
    policies,
    examples,
    examplesSha256,
    categories,
    system: staticText(instructions, policyIndex.fixed, pinned),
    pool: settings.pool ?? null,
    policyIndex,
    index,
    linkDomains: settings.shop.linkDomains.map((domain) => domain.toLowerCase()),
  };
}
